//! Holds what the template says for those who run the stack: rights, logs, alarms, tables that exist already, other
//! accounts.

use std::collections::BTreeSet;

use super::{TEMPLATE, entries, events, functions, items, resources, root, routes, statements, texts};

/// Returns the table whose name an expression has: `${PoliciesTableName}`, or the name of the parameter alone
fn table_of(expression: &str) -> Option<&str> {
    let name = match expression.split_once(":table/${") {
        Some((_, rest)) => rest.split('}').next()?,
        None => expression,
    };
    let table = name.strip_suffix("Name")?;
    resources("AWS::DynamoDB::Table")
        .contains_key(table)
        .then_some(table)
}

#[test]
fn a_function_has_a_role_and_a_log_group_of_its_own() {
    for (name, function) in functions() {
        let properties = &function["Properties"];
        assert_eq!(properties["Role"], format!("{name}Role.Arn"), "{name}");
        assert_eq!(
            properties["LoggingConfig"]["LogGroup"],
            format!("{name}Logs"),
            "{name}"
        );
        assert!(
            properties["Policies"].is_null(),
            "{name}: a function with a role gets no policies, they belong to {name}Role"
        );
        let role = &TEMPLATE["Resources"][format!("{name}Role")]["Properties"];
        assert_eq!(
            texts(&role["ManagedPolicyArns"]),
            ["WriteTraces"],
            "{name}: policies of AWS allow every log group"
        );
        let logs = &TEMPLATE["Resources"][format!("{name}Logs")];
        assert_eq!(logs["Type"], "AWS::Logs::LogGroup", "{name} has no {name}Logs");
        let properties = &logs["Properties"];
        assert_eq!(
            properties["LogGroupName"],
            format!("/${{AWS::StackName}}/{name}"),
            "{name}"
        );
        let of_logs: Vec<_> = statements(name)
            .into_iter()
            .filter(|statement| texts(&statement["Action"])[0].starts_with("logs:"))
            .collect();
        let [of_logs] = of_logs.as_slice() else {
            panic!("{name} writes into its log group by one statement")
        };
        assert_eq!(
            texts(&of_logs["Action"]),
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            "{name}"
        );
        assert_eq!(of_logs["Resource"], format!("{name}Logs.Arn"), "{name}");
    }
}

#[test]
fn log_lines_are_kept_as_long_as_the_parameter_says() {
    for (name, logs) in resources("AWS::Logs::LogGroup") {
        assert_eq!(
            logs["Properties"]["RetentionInDays"], "LogRetentionDays",
            "{name}"
        );
    }
}

#[test]
fn functions_may_do_named_things_to_named_resources() {
    for name in functions().into_keys() {
        for statement in statements(name) {
            for action in texts(&statement["Action"]) {
                assert!(!action.contains('*'), "{name} may {action}");
            }
            for resource in texts(&statement["Resource"]) {
                assert_ne!(resource, "*", "{name}");
            }
        }
    }
}

#[test]
fn functions_know_the_tables_that_they_may_use_and_no_others() {
    for (name, function) in functions() {
        let variables = entries(&function["Properties"]["Environment"]["Variables"]);
        let known: BTreeSet<&str> = variables
            .filter_map(|(_, value)| table_of(value.as_str()?))
            .collect();
        let granted = statements(name).into_iter();
        let granted: BTreeSet<&str> = granted
            .flat_map(|statement| texts(&statement["Resource"]))
            .filter_map(table_of)
            .collect();
        // It makes the state of a search, which names all tables, and reads the snapshot alone.
        let known = match name {
            "SuggestQuery" => BTreeSet::from(["PermissionsTable"]),
            _ => known,
        };
        assert_eq!(known, granted, "{name}");
    }
}

#[test]
fn tables_and_buckets_are_known_by_names_that_hold_for_existing_ones_too() {
    let text = std::fs::read_to_string(root().join("template.yaml")).unwrap();
    for table in resources("AWS::DynamoDB::Table").into_keys() {
        assert!(
            !text.contains(&format!("!Ref {table}\n")) && !text.contains(&format!("{table}.Arn")),
            "{table} is not there with ExistingTables: use {table}Name"
        );
    }
}

#[test]
fn alarms_stay_quiet_when_nothing_happens_and_tell_the_topic() {
    for (name, alarm) in resources("AWS::CloudWatch::Alarm") {
        let properties = &alarm["Properties"];
        assert_eq!(properties["TreatMissingData"], "notBreaching", "{name}");
        for actions in ["AlarmActions", "OKActions"] {
            let text = serde_yaml_ng::to_string(&properties[actions]).unwrap();
            assert!(
                text.contains("HasAlarmTopic") && text.contains("AlarmTopicArn"),
                "{name}"
            );
        }
    }
}

#[test]
fn every_alarm_has_its_paragraph_in_the_runbook_and_every_paragraph_its_alarm() {
    let runbook = std::fs::read_to_string(root().join("docs/runbook.md")).unwrap();
    let paragraphs: BTreeSet<&str> = runbook
        .lines()
        .filter_map(|line| line.strip_prefix("### "))
        .filter(|title| title.ends_with("Alarm"))
        .collect();
    let alarms: BTreeSet<&str> = resources("AWS::CloudWatch::Alarm").into_keys().collect();
    assert_eq!(paragraphs, alarms);
}

#[test]
fn alarms_watch_every_function_that_nobody_waits_for() {
    for alarm in ["FunctionErrorsAlarm", "FunctionThrottlesAlarm"] {
        let properties = &TEMPLATE["Resources"][alarm]["Properties"];
        let watched: BTreeSet<&str> = items(&properties["Metrics"])
            .into_iter()
            .filter_map(|metric| metric["MetricStat"]["Metric"]["Dimensions"][0]["Value"].as_str())
            .collect();
        let mut background = BTreeSet::new();
        for (name, function) in functions() {
            // API Gateway waits for authorizers too, and a function of the stack for a function that it invokes.
            let is_waited_for = name.starts_with("Authorize") || is_invoked(name);
            if routes(function).is_empty() && !is_waited_for {
                background.insert(name);
            }
        }
        assert_eq!(watched, background, "{alarm}");
    }
}

/// Returns whether other functions of the stack may invoke a function.
fn is_invoked(function: &str) -> bool {
    let arn = format!("{function}.Arn");
    let mut statements = functions().into_keys().flat_map(statements);
    statements.any(|statement| {
        texts(&statement["Action"]).contains(&"lambda:InvokeFunction") && statement["Resource"] == arn
    })
}

#[test]
fn the_function_that_others_invoke_has_no_other_way_in_and_ends_before_they_do() {
    let invoked: Vec<_> = functions()
        .into_iter()
        .filter(|(name, _)| is_invoked(name))
        .collect();
    assert_eq!(invoked.len(), 1);
    for (name, function) in invoked {
        assert!(function["Properties"]["Events"].is_null(), "{name}");
        assert!(function["Properties"]["FunctionUrlConfig"].is_null(), "{name}");
        let timeout = function["Properties"]["Timeout"].as_u64().unwrap();
        assert!(timeout < TEMPLATE["Globals"]["Function"]["Timeout"].as_u64().unwrap());
        let writes = statements(name)
            .into_iter()
            .flat_map(|statement| texts(&statement["Action"]))
            .filter(|action| {
                !["dynamodb:GetItem", "dynamodb:Query"].contains(action) && !action.starts_with("logs:")
            });
        assert_eq!(writes.count(), 0, "{name} only reads");
        for caller in functions().into_keys() {
            let knows = functions()[caller]["Properties"]["Environment"]["Variables"]["SEARCH_SHARD_FUNCTION"]
                == name;
            let may = statements(caller)
                .into_iter()
                .any(|statement| texts(&statement["Action"]).contains(&"lambda:InvokeFunction"));
            assert_eq!(knows, may, "{caller}");
        }
    }
}

#[test]
fn alarms_watch_every_table() {
    let metrics = &TEMPLATE["Resources"]["TableThrottlesAlarm"]["Properties"]["Metrics"];
    let watched: BTreeSet<&str> = items(metrics)
        .into_iter()
        .filter_map(|metric| metric["MetricStat"]["Metric"]["Dimensions"][0]["Value"].as_str())
        .filter_map(table_of)
        .collect();
    let tables: BTreeSet<&str> = resources("AWS::DynamoDB::Table").into_keys().collect();
    assert_eq!(watched, tables);
}

fn matches(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == text;
    };
    text.strip_prefix(start).is_some_and(|tail| {
        let mut ends = (0..=tail.len()).filter_map(|at| tail.get(at..));
        ends.any(|end| matches(rest, end))
    })
}

#[test]
fn other_accounts_may_call_what_has_an_authorizer_and_only_admitted_ones_what_needs_a_signature() {
    for (api, declared) in resources("AWS::Serverless::Api") {
        // `!If [AdmitsOthers, policy, no value]`
        let statements = items(&items(&declared["Properties"]["Policy"])[1]["Statement"]);
        let public = statements.last().unwrap();
        assert_eq!(public["Principal"], "*", "{api}");
        let patterns = texts(&public["Resource"]);
        for (name, function) in functions() {
            for event in events(function, "Api") {
                let method = event["Method"].as_str().unwrap();
                let path = event["Path"].as_str().unwrap();
                let has_authorizer = event["Auth"]["Authorizer"].is_string();
                let arn = format!("execute-api:/stage/{method}{path}");
                let is_open = patterns.iter().any(|pattern| matches(pattern, &arn));
                assert_eq!(is_open, has_authorizer, "{name}: {method} {path}");
            }
        }
    }
}
