use rstest::rstest;

use super::{Configuration, ConfigurationError};
use crate::gateway::event::Identity;

fn read(flags: &[&str], environment: &[(&str, &str)]) -> Result<Configuration, ConfigurationError> {
    let variable = |name: &str| {
        environment
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| (*value).to_owned())
    };
    Configuration::read(flags.iter().map(|flag| (*flag).to_owned()), variable)
}

#[test]
fn nothing_has_to_be_said() {
    let configuration = read(&[], &[]).unwrap();
    let ports = (
        configuration.port,
        configuration.aws_port,
        configuration.dynamodb_port,
    );
    assert_eq!(ports, (3000, 3001, 3002));
    assert_eq!(configuration.folder.to_str(), Some(".local"));
    assert_eq!(configuration.identity, Identity::Claimed);
}

#[test]
fn variables_and_flags_are_taken_over() {
    let flags = [
        "--template",
        "t.yaml",
        "--parameter",
        "A=b=c",
        "--ready-file",
        "r",
    ];
    let environment = [
        ("PORT", "0"),
        ("AWS_PORT", ""),
        ("LOCAL_NO_IDENTITY", "1"),
        ("RUST_LOG", "debug"),
    ];
    let configuration = read(&flags, &environment).unwrap();
    assert_eq!((configuration.port, configuration.aws_port), (0, 3001));
    assert_eq!(configuration.template.to_str(), Some("t.yaml"));
    assert_eq!(configuration.parameters.get("A").map(String::as_str), Some("b=c"));
    assert_eq!(configuration.identity, Identity::Absent);
    assert_eq!(
        configuration.passed_on.get("RUST_LOG").map(String::as_str),
        Some("debug")
    );
}

#[rstest]
#[case(&["--wrong"], &[], "unknown flag `--wrong`")]
#[case(&["--template"], &[], "`--template` needs a value")]
#[case(&["--parameter", "A"], &[], "`--parameter` needs a value")]
#[case(&[], &[("PORT", "http")], "PORT=`http` is no port")]
#[case(&[], &[("AWS_PORT", "70000")], "AWS_PORT=`70000` is no port")]
fn mistakes_are_named(#[case] flags: &[&str], #[case] environment: &[(&str, &str)], #[case] message: &str) {
    let error = read(flags, environment).unwrap_err().to_string();
    assert_eq!(error.lines().next(), Some(message));
}
