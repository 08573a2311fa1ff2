//! The local stack: a SAM template served on this machine by the real function binaries.
//!
//! It reads `template.yaml` and provides what it describes: the REST API on one port, the functions behind the Lambda
//! Runtime API, the tables in an embedded DynamoDB, the buckets and the other AWS services from moto, the records of
//! streams and the events of buckets brought to their consumers.
//!
//! What differs from AWS, so that nobody relies on it:
//! - No signature is verified and no policy evaluated. Twelve digits as access key id are the caller's account.
//! - Header names reach functions in lower case. Requests to the API are not throttled: above the number of processes
//!   they wait. Reserved concurrency is kept.
//! - A stream has one shard. Its consumers see every record at least once, also when the runner is killed; records
//!   given up after the last retry are logged, not sent to a queue.
//! - Schedules are not fired: `aws lambda invoke` at the port of the AWS services starts any function.
//! - Transactions of the embedded database never conflict, and every read is consistent.
//! - Buckets are empty after a restart, and trails and roles gone: moto keeps everything in memory.

mod access_key;
mod announcement;
mod aws;
mod clock;
mod configuration;
mod gateway;
mod lambda;
mod template;
mod terminal;

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::http::uri::Authority;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::filter::LevelFilter;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use crate::access_key::AccessKey;
use crate::announcement::{Addresses, Announcement};
use crate::aws::database;
use crate::aws::server::{self, AwsServer};
use crate::aws::used_rights::UsedRights;
use crate::configuration::{Configuration, USAGE};
use crate::gateway::Gateway;
use crate::gateway::exchanges::Exchanges;
use crate::lambda::runtime::{self, Environment, Runtime};
use crate::template::Stack;
use crate::terminal::Terminal;

/// Longest wait for moto: it takes half a second on an idle machine.
const AWS_START: Duration = Duration::from_mins(1);

/// Says what ends the runner before it serves, or later; its text is one line for the reader
type Failure = Box<dyn std::error::Error + Send + Sync>;

// The embedded database works inside its request handlers, under one lock: four threads leave the gateway two of them
// while others wait for it.
#[tokio::main(worker_threads = 4)]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            say_failure(failure.as_ref());
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Failure> {
    let flags: Vec<String> = std::env::args().skip(1).collect();
    if flags.iter().any(|flag| flag == "--help" || flag == "-h") {
        say(USAGE);
        return Ok(());
    }
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place where the runner's environment is read"
    )]
    let configuration = Configuration::read(flags.into_iter(), |name| std::env::var(name).ok())?;
    if configuration.routes {
        say(&announcement::routes(&read_template(&configuration)?));
        return Ok(());
    }
    if let Some(file) = &configuration.ready_file {
        announcement::withdraw(file)?;
    }
    // This comes before anything says that the stack is there, because whoever knows of the stack may end it.
    let (mut interrupt, mut terminate) = (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?);
    let stop = async {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    };
    tokio::pin!(stop);
    let mut running = tokio::select! {
        started = start(&configuration) => started?,
        () = &mut stop => return Ok(()),
    };
    if let Some(file) = &configuration.ready_file {
        running.announcement.publish(file)?;
    }
    // The addresses come last.
    if configuration.ready_file.is_none()
        && let Some(key) = AccessKey::make(&running.gateway.routes, &running.gateway.runtime).await
    {
        say(&key.greeting(&running.api));
    }
    say(&running.announcement.greeting());
    tokio::select! {
        () = stop => {}
        status = running.aws.ended() => {
            return Err(format!("the AWS services ended ({}): see aws.log in the data folder", status?).into());
        }
    }
    // Functions end with the runtime's drop; the AWS server is waited for, so that its port is free afterwards.
    running.aws.end().await?;
    Ok(())
}

/// A stack that serves
struct Running {
    api: String,
    gateway: Arc<Gateway>,
    aws: AwsServer,
    announcement: Announcement,
    _lock: File,
}

/// Returns what tests want to be written down, if the files for it are named.
fn records(configuration: &Configuration) -> std::io::Result<(Option<UsedRights>, Option<Exchanges>)> {
    let used_rights = configuration.used_rights.as_deref();
    let exchanges = configuration.exchanges.as_deref();
    Ok((
        used_rights.map(UsedRights::create).transpose()?,
        exchanges.map(Exchanges::create).transpose()?,
    ))
}

async fn start(configuration: &Configuration) -> Result<Running, Failure> {
    let stack = read_template(configuration)?;
    // All ports are opened first, so that a busy port is reported at once.
    let api = bind("PORT", configuration.port).await?;
    let aws_front = bind("AWS_PORT", configuration.aws_port).await?;
    let dynamodb = bind("DYNAMODB_PORT", configuration.dynamodb_port).await?;
    let runtime_api = bind("the Runtime API", 0).await?;
    let addresses = Addresses {
        api: url(&api)?,
        aws: url(&aws_front)?,
        dynamodb: url(&dynamodb)?,
    };

    let folder = &configuration.folder;
    let positions = folder.join("streams");
    std::fs::create_dir_all(&positions).map_err(|error| format!("{}: {error}", folder.display()))?;
    let lock = lock(folder)?;
    // This comes after the lock, so that the log of another stack in the same folder stays.
    let log_file = folder.join("log.jsonl");
    let log = start_log(&log_file).map_err(|error| format!("{}: {error}", log_file.display()))?;
    for warning in &stack.warnings {
        tracing::warn!("{warning}");
    }
    let database_file = folder.join("dynamodb.sqlite");
    let database = database::open(&database_file, &stack.tables)?;

    let (used_rights, exchanges) = records(configuration)?;
    let runtime = Arc::new(Runtime::new(
        &stack.functions,
        &Environment {
            binaries: binaries(configuration)?,
            runtime_api: url(&runtime_api)?,
            aws: addresses.aws.clone(),
            // The proxy passes requests on, and sees which requests they are.
            dynamodb: match &used_rights {
                Some(_) => addresses.aws.clone(),
                None => addresses.dynamodb.clone(),
            },
            region: stack.region.clone(),
            passed_on: configuration.passed_on.clone(),
        },
        log,
    ));
    for (function, program) in runtime.missing_programs() {
        tracing::warn!(
            "{function}: there is no `{}`; its requests will answer 502",
            program.display()
        );
    }

    let (mut aws, moto) = start_aws(configuration, &stack.region).await?;
    let services = Arc::new(aws::Services::new(
        moto,
        dynamodb.local_addr()?.to_string().parse::<Authority>()?,
        Arc::clone(&runtime),
        stack.notifications.clone(),
        &stack.region,
        aws::Api {
            url: addresses.api.clone(),
            routes: stack.routes.clone(),
        },
        used_rights,
    ));
    wait_for(&services, &mut aws).await?;
    for bucket in stack.buckets.values() {
        services
            .create_bucket(bucket)
            .await
            .map_err(|error| format!("bucket `{bucket}`: {error}"))?;
    }

    let aws_url = addresses.aws.clone();
    let announcement = Announcement::new(&stack, addresses, log_file);
    tokio::spawn(database::serve(dynamodb, database.clone()));
    tokio::spawn(database::sweep(database.clone(), database_file));
    serve(runtime_api, runtime::api(Arc::clone(&runtime)));
    serve(aws_front, aws::api(services));
    for source in stack.streams {
        lambda::streams::start(source, &database, Arc::clone(&runtime), &positions, &stack.region)?;
    }
    let address = url(&api)?;
    let gateway = Arc::new(Gateway {
        routes: stack.routes,
        authorizers: stack.authorizers,
        replies: gateway::authorizer::AuthorizerReplies::default(),
        limits: stack.limits,
        minimum_compression: stack.minimum_compression,
        region: stack.region.clone(),
        responses: stack.gateway_responses,
        runtime,
        identity: configuration.identity,
        aws: aws_url,
        terminal: Terminal::new(configuration.colours),
        exchanges,
    });
    serve(api, gateway::api(Arc::clone(&gateway)));
    Ok(Running {
        api: address,
        gateway,
        aws,
        announcement,
        _lock: lock,
    })
}

fn read_template(configuration: &Configuration) -> Result<Stack, Failure> {
    let file = configuration.template.display();
    let text =
        std::fs::read_to_string(&configuration.template).map_err(|error| format!("{file}: {error}"))?;
    Stack::read(&text, &configuration.region, &configuration.parameters)
        .map_err(|error| format!("{file}: {error}").into())
}

/// Returns what runs as the functions: the program that holds them all, beside this one, unless another folder is
/// chosen.
fn binaries(configuration: &Configuration) -> Result<PathBuf, Failure> {
    match &configuration.binaries {
        Some(binaries) => Ok(binaries.clone()),
        None => Ok(std::env::current_exe()?.with_file_name("examples/all-functions")),
    }
}

/// Starts moto on a free port; returns its address too, as `host:port`.
async fn start_aws(configuration: &Configuration, region: &str) -> Result<(AwsServer, Authority), Failure> {
    // The port is free when it is chosen; moto cannot take over a socket that is open already.
    let port = bind("the AWS services", 0).await?.local_addr()?.port();
    let log = configuration.folder.join("aws.log");
    let server = server::start_aws(&configuration.python, port, region, &log).map_err(|error| {
        format!(
            "`{}` cannot be started: {error}; `--python` names an interpreter that has moto",
            configuration.python.display()
        )
    })?;
    Ok((server, format!("127.0.0.1:{port}").parse()?))
}

/// Begins the log: JSON lines of the functions and of the runner. The terminal shows warnings and errors of the runner.
fn start_log(file: &Path) -> Result<File, Failure> {
    // First the lines of an earlier run are removed; then every writer appends, so that no line comes into another one.
    File::create(file)?;
    let log = File::options().append(true).open(file)?;
    let level = EnvFilter::try_from_default_env().unwrap_or_else(|_unset| EnvFilter::new("info"));
    let terminal = tracing_subscriber::fmt::layer()
        .with_writer(std::io::stderr)
        .with_target(false)
        .without_time()
        .with_filter(LevelFilter::WARN);
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .with_writer(log.try_clone()?)
        .with_filter(level);
    tracing_subscriber::registry()
        .with(terminal)
        .with(lines)
        .try_init()?;
    Ok(log)
}

async fn bind(what: &str, port: u16) -> Result<TcpListener, Failure> {
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    TcpListener::bind(address).await.map_err(|error| {
        let reason = if error.kind() == std::io::ErrorKind::AddrInUse {
            format!("is in use by another program: end it, or choose another port with {what}=…")
        } else {
            format!("cannot be used: {error}")
        };
        format!("{what}: {address} {reason}").into()
    })
}

fn url(listener: &TcpListener) -> Result<String, std::io::Error> {
    Ok(format!("http://{}", listener.local_addr()?))
}

fn serve(listener: TcpListener, router: axum::Router) {
    tokio::spawn(async move {
        let service = router.into_make_service_with_connect_info::<SocketAddr>();
        if let Err(error) = axum::serve(listener, service).await {
            tracing::error!("a server ended: {error}");
        }
    });
}

async fn wait_for(services: &aws::Services, aws: &mut AwsServer) -> Result<(), Failure> {
    let up = async {
        while !services.is_up().await {
            tokio::time::sleep(Duration::from_millis(25)).await;
        }
    };
    tokio::select! {
        () = up => Ok(()),
        status = aws.ended() => {
            Err(format!("the AWS services ended at once ({}): see aws.log in the data folder", status?).into())
        }
        () = tokio::time::sleep(AWS_START) => Err("the AWS services did not start: see aws.log in the data folder".into()),
    }
}

/// Takes the data folder for this process alone: two stacks would deliver every record of a stream twice. The system
/// gives it free when the process ends, however that happens.
fn lock(folder: &Path) -> Result<File, Failure> {
    let file = File::create(folder.join("lock"))?;
    file.try_lock().map_err(|_held| {
        format!(
            "another local stack uses {}: LOCAL_DIR chooses another folder",
            folder.display()
        )
    })?;
    Ok(file)
}

#[expect(
    clippy::print_stdout,
    reason = "this is what the program is for: it tells people where things are"
)]
fn say(text: &str) {
    println!("{text}");
}

#[expect(
    clippy::print_stderr,
    reason = "the reason why the program ends is for the person who started it"
)]
fn say_failure(failure: &dyn std::fmt::Display) {
    eprintln!("local: {failure}");
}
