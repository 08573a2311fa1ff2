//! Functions as Lambda runs them: processes that ask the Lambda Runtime API for one event at a time.
//!
//! Source: AWS Lambda developer guide, "Using the Lambda runtime API for custom runtimes". Every process has a base
//! path of its own, `/<function>/<instance>`, so the answer of one can never be taken for that of another.

mod api;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::Bytes;
use tokio::sync::{Mutex as AsyncMutex, Semaphore, SemaphorePermit, mpsc, oneshot, watch};

pub(crate) use self::api::api;
use crate::clock;
use crate::lambda::processes::{self, Exit};
use crate::template::Function;
use cloudformation::ACCOUNT;

/// Largest event and largest answer: 6 MB, as Lambda counts them.
pub(crate) const LARGEST_PAYLOAD: usize = 6 * 1024 * 1024;

/// Processes of one function at a time, unless it has reserved fewer. Above it, invocations wait instead of being
/// throttled: on one machine more processes are not faster. At least the largest `ParallelizationFactor` (10), so that
/// streams keep theirs.
const MOST_INSTANCES: usize = 12;

/// Says why an invocation has no answer
#[derive(Debug, thiserror::Error)]
pub(crate) enum InvokeError {
    /// The template has no such function
    #[error("there is no function `{0}`")]
    Unknown(String),
    /// The process could not be started
    #[error("`{program}` cannot be started: {source}")]
    Start {
        /// The path of the program.
        program: String,
        /// Says what the system says
        source: std::io::Error,
    },
    /// The process ended before it answered
    #[error("the process ended: {0}")]
    Died(String),
    /// The function reported an error; its JSON text
    #[error("the function failed: {0}")]
    Failed(String),
    /// The function runs as many invocations as it has reserved
    #[error("rate exceeded: {0} invocations run, as many as are reserved")]
    Throttled(usize),
    /// The time of the function is over
    #[error("timed out after {} seconds", .0.as_secs())]
    TimedOut(Duration),
    /// Event or answer above the limit
    #[error("payload of {0} bytes is above the limit of {LARGEST_PAYLOAD}")]
    TooLarge(usize),
}

/// Says where the outcome of an invocation goes
type Outcome = oneshot::Sender<Result<Bytes, InvokeError>>;

/// One event on its way to a process
#[derive(Debug)]
struct Invocation {
    id: String,
    deadline: i64,
    event: Bytes,
    answer: Outcome,
}

/// Holds what the Runtime API knows of a process
#[derive(Debug)]
struct Mailbox {
    function_arn: String,
    events: AsyncMutex<mpsc::Receiver<Invocation>>,
    running: Mutex<Option<(String, Outcome)>>,
}

/// A process that can take an event
#[derive(Debug)]
struct Instance {
    id: u64,
    events: mpsc::Sender<Invocation>,
    exit: watch::Receiver<Option<Exit>>,
    /// Dropping it ends the process
    _alive: oneshot::Sender<()>,
}

/// A function with its processes
#[derive(Debug)]
struct Pool {
    id: String,
    function: Function,
    program: PathBuf,
    environment: BTreeMap<String, String>,
    permits: Semaphore,
    idle: Mutex<Vec<Instance>>,
}

/// All functions, with their processes.
#[derive(Debug)]
pub(crate) struct Runtime {
    pools: BTreeMap<String, Pool>,
    region: String,
    log: File,
    mailboxes: Mutex<HashMap<u64, Arc<Mailbox>>>,
    instances: AtomicU64,
}

/// Holds what the processes of functions find around them
#[derive(Debug)]
pub(crate) struct Environment {
    /// A folder with a binary for each function, or one program that holds all functions
    pub(crate) binaries: PathBuf,
    /// URL of the Runtime API
    pub(crate) runtime_api: String,
    /// URL of the local AWS services
    pub(crate) aws: String,
    /// URL of the database
    pub(crate) dynamodb: String,
    /// The region in ARNs and in the functions' environment.
    pub(crate) region: String,
    /// Variables of the runner's own environment that functions see, such as the log level
    pub(crate) passed_on: BTreeMap<String, String>,
}

impl Runtime {
    /// Returns all functions of a template; no process is started before its first event. What they print goes into
    /// `log`.
    pub(crate) fn new(functions: &BTreeMap<String, Function>, processes: &Environment, log: File) -> Self {
        let pools = functions
            .iter()
            .map(|(id, function)| {
                let pool = Pool {
                    id: id.clone(),
                    function: function.clone(),
                    program: processes.program(function),
                    environment: processes.environment(id, function),
                    permits: Semaphore::new(
                        function
                            .reserved
                            .map_or(MOST_INSTANCES, |most| most.min(MOST_INSTANCES)),
                    ),
                    idle: Mutex::new(Vec::new()),
                };
                (id.clone(), pool)
            })
            .collect();
        Self {
            pools,
            region: processes.region.clone(),
            log,
            mailboxes: Mutex::new(HashMap::new()),
            instances: AtomicU64::new(1),
        }
    }

    /// Returns the programs that do not exist, by function.
    pub(crate) fn missing_programs(&self) -> Vec<(&str, &PathBuf)> {
        self.pools
            .values()
            .filter(|pool| !pool.program.is_file())
            .map(|pool| (pool.id.as_str(), &pool.program))
            .collect()
    }

    /// Returns the logical id of the function that has this name, id or ARN.
    pub(crate) fn find(&self, name: &str) -> Option<&str> {
        let name = name.rsplit_once(":function:").map_or(name, |(_, name)| name);
        self.pools
            .values()
            .find(|pool| pool.id == name || pool.function.name == name)
            .map(|pool| pool.id.as_str())
    }

    /// Runs a function, given by its logical id, with an event; waits for its answer, and before that until the function
    /// may run. Lambda does so for events that nobody waits for: it keeps them for hours, and leaves records in their
    /// stream.
    ///
    /// # Errors
    /// See [`InvokeError`].
    pub(crate) async fn invoke(self: &Arc<Self>, function: &str, event: Bytes) -> Result<Bytes, InvokeError> {
        let pool = self.pool(function)?;
        let permit = pool.permits.acquire().await.ok();
        self.run(pool, permit, event).await
    }

    /// Returns the same for a caller that waits for the answer: when all that the function has reserved is in use, the
    /// caller is refused at once.
    ///
    /// # Errors
    /// See [`InvokeError`].
    pub(crate) async fn invoke_unless_throttled(
        self: &Arc<Self>,
        function: &str,
        event: Bytes,
    ) -> Result<Bytes, InvokeError> {
        let pool = self.pool(function)?;
        let Some(reserved) = pool.function.reserved else {
            return self.invoke(function, event).await;
        };
        let permit = pool.permits.try_acquire();
        let permit = permit.map_err(|_none_left| InvokeError::Throttled(reserved))?;
        self.run(pool, Some(permit), event).await
    }

    fn pool(&self, function: &str) -> Result<&Pool, InvokeError> {
        let pool = self.pools.get(function);
        pool.ok_or_else(|| InvokeError::Unknown(function.to_owned()))
    }

    /// Returns one invocation; the permit is given back when it is over.
    async fn run(
        self: &Arc<Self>,
        pool: &Pool,
        permit: Option<SemaphorePermit<'_>>,
        event: Bytes,
    ) -> Result<Bytes, InvokeError> {
        if event.len() > LARGEST_PAYLOAD {
            return Err(InvokeError::TooLarge(event.len()));
        }
        let function = pool.id.as_str();
        let mut instance = match self.take_idle(pool) {
            Some(instance) => instance,
            None => self.start(pool)?,
        };
        let timeout = pool.function.timeout;
        let (answer, answered) = oneshot::channel();
        let id = clock::new_id();
        let lasting = i64::try_from(timeout.as_millis()).unwrap_or(i64::MAX);
        let deadline = clock::now_millis().saturating_add(lasting);
        let invocation = Invocation {
            id: id.clone(),
            deadline,
            event,
            answer,
        };
        // When the process is gone already, its exit shows this below.
        let _gone = instance.events.send(invocation).await.is_err();
        let outcome = tokio::select! {
            // A reply that arrived together with the exit counts.
            biased;
            answer = answered => answer.unwrap_or_else(|_| Err(died(&instance.exit))),
            () = ended(&mut instance.exit) => Err(died(&instance.exit)),
            () = tokio::time::sleep(timeout) => Err(InvokeError::TimedOut(timeout)),
        };
        match &outcome {
            Ok(_) | Err(InvokeError::Failed(_) | InvokeError::TooLarge(_)) => lock(&pool.idle).push(instance),
            // The instance is dropped, which ends a process that still runs.
            Err(error) => {
                tracing::error!(function, request.id = id, "`{function}` gave no answer: {error}");
                lock(&self.mailboxes).remove(&instance.id);
            }
        }
        drop(permit);
        outcome
    }

    fn start(self: &Arc<Self>, pool: &Pool) -> Result<Instance, InvokeError> {
        let id = self.instances.fetch_add(1, Ordering::Relaxed);
        let (events, mailbox) = mpsc::channel(1);
        let mut environment = pool.environment.clone();
        if let Some(base) = environment.get_mut("AWS_LAMBDA_RUNTIME_API") {
            *base = format!("{base}/{}/{id}", pool.id);
        }
        let mailbox = Mailbox {
            function_arn: format!(
                "arn:aws:lambda:{}:{ACCOUNT}:function:{}",
                self.region, pool.function.name
            ),
            events: AsyncMutex::new(mailbox),
            running: Mutex::new(None),
        };
        lock(&self.mailboxes).insert(id, Arc::new(mailbox));
        let (exit, alive) =
            processes::start_function(&pool.program, &pool.function.binary, &environment, &self.log)
                .map_err(|source| {
                    lock(&self.mailboxes).remove(&id);
                    InvokeError::Start {
                        program: pool.program.display().to_string(),
                        source,
                    }
                })?;
        Ok(Instance {
            id,
            events,
            exit,
            _alive: alive,
        })
    }

    fn take_idle(&self, pool: &Pool) -> Option<Instance> {
        let mut idle = lock(&pool.idle);
        while let Some(instance) = idle.pop() {
            if instance.exit.borrow().is_none() {
                return Some(instance);
            }
            // The process ended while it had nothing to do.
            lock(&self.mailboxes).remove(&instance.id);
        }
        None
    }

    fn mailbox(&self, id: u64) -> Option<Arc<Mailbox>> {
        lock(&self.mailboxes).get(&id).cloned()
    }
}

impl Environment {
    fn program(&self, function: &Function) -> PathBuf {
        if self.binaries.is_dir() {
            self.binaries.join(&function.binary)
        } else {
            self.binaries.clone()
        }
    }

    /// Returns the environment that Lambda gives a function, and what points the SDK to this machine.
    fn environment(&self, id: &str, function: &Function) -> BTreeMap<String, String> {
        let name = function.name.as_str();
        let own = [
            ("AWS_LAMBDA_RUNTIME_API", self.runtime_api.as_str()),
            ("AWS_LAMBDA_FUNCTION_NAME", name),
            ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
            ("AWS_LAMBDA_LOG_GROUP_NAME", &format!("/aws/lambda/{name}")),
            ("AWS_LAMBDA_LOG_STREAM_NAME", "local"),
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", &function.memory.to_string()),
            ("AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand"),
            ("_HANDLER", "bootstrap"),
            ("AWS_REGION", &self.region),
            ("AWS_DEFAULT_REGION", &self.region),
            // Each function has a key of its own, so that a request shows which function sent it.
            ("AWS_ACCESS_KEY_ID", id),
            ("AWS_SECRET_ACCESS_KEY", "local"),
            ("AWS_SESSION_TOKEN", "local"),
            ("AWS_EC2_METADATA_DISABLED", "true"),
            ("AWS_SAM_LOCAL", "true"),
            ("AWS_ENDPOINT_URL", &self.aws),
            ("AWS_ENDPOINT_URL_DYNAMODB", &self.dynamodb),
            ("TZ", ":UTC"),
        ];
        let mut environment = function.environment.clone();
        environment.extend(self.passed_on.clone());
        environment.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
        environment
    }
}

/// Locks the state, which a panic elsewhere does not make unusable: every change to it is a single step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn ended(exit: &mut watch::Receiver<Option<Exit>>) {
    // An error means that the watcher is gone, and it goes only when the process has ended.
    let _gone = exit.wait_for(Option::is_some).await.is_err();
}

fn died(exit: &watch::Receiver<Option<Exit>>) -> InvokeError {
    let text = exit
        .borrow()
        .as_ref()
        .map_or_else(|| "without status".to_owned(), ToString::to_string);
    InvokeError::Died(text)
}
