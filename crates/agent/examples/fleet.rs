//! Measures one server with many agents: what docs/benchmarks.md reports of the fleet.
//!
//! `cargo run --release -p orloj-agent --example fleet -- [ROUNDS] [--agents N]`
//!
//! The server runs in a process of its own (this program again, with `serve`), so that memory and processor time are its
//! own; each round has a new SQLite database and the default settings. The agents are simulated in this process: each has
//! its own key, connection and sealed channel, says what an agent says and acknowledges as one, but runs no program and
//! keeps no journal.
#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "this program talks to the person at the terminal"
)]

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use orloj_agent::connection::Connection;
use orloj_agent::platform;
use orloj_agent::policy::Policy;
use orloj_engine::model::{Actor, NewToken, Page, Scope};
use orloj_engine::{Clock, Engine, EngineConfig, StoreLocation};
use orloj_server::{Server, ServerConfig};
use orloj_tasks::Catalogue;
use orloj_wire::agent::channel::{KeyPair, PublicKey};
use orloj_wire::agent::{
    AgentFrame, AgentProof, Facts, Hello, Outcome, PROTOCOL, ServerFrame, Stream, Verdict,
};
use serde_json::{Value, json};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use url::Url;

/// Commands to all of them, one after the other.
const COMMANDS: usize = 5;
/// How long nothing is asked of the server but to hear heartbeats.
const IDLE: Duration = Duration::from_secs(45);
/// Anything that takes longer is broken.
const PATIENCE: Duration = Duration::from_secs(120);

#[tokio::main]
async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [word, folder] = arguments.as_slice()
        && word == "serve"
    {
        return serve(folder).await;
    }
    let (mut rounds, mut agents) = (3, 500);
    let mut rest = arguments.iter();
    while let Some(argument) = rest.next() {
        match argument.as_str() {
            "--agents" => agents = rest.next().context("how many agents?")?.parse()?,
            number => rounds = number.parse().context("not a number of rounds")?,
        }
    }
    let mut all = Vec::new();
    for round in 1..=rounds {
        let load = std::fs::read_to_string("/proc/loadavg")?;
        let mut numbers = measure(agents).await?;
        numbers.push((
            "load of the machine before",
            load.split(' ').next().unwrap_or_default().parse()?,
        ));
        eprintln!("round {round}: {numbers:?}");
        all.push(numbers);
    }
    println!("| {agents} agents | median of {rounds} (least to most) |\n|---|---|");
    for (index, (name, _)) in all.first().context("no rounds")?.iter().enumerate() {
        let mut values: Vec<f64> = all
            .iter()
            .filter_map(|numbers| Some(numbers.get(index)?.1))
            .collect();
        values.sort_by(f64::total_cmp);
        let (least, median, most) = (at(&values, 0), at(&values, 50), at(&values, 100));
        println!("| {name} | {median:.1} ({least:.1} to {most:.1}) |");
    }
    Ok(())
}

/// The server, until its input ends.
async fn serve(folder: &str) -> Result<()> {
    let location = StoreLocation::SqliteFile(format!("{folder}/orloj.db").into());
    let config = EngineConfig::new(location);
    let engine = Engine::open(config, Catalogue::builtin(), Clock::System).await?;
    engine
        .create_first_admin("admin", "correct horse battery")
        .await?;
    engine.start().await?;
    let system = engine.caller(Actor::system());
    let page = Page { number: 1, size: 1 };
    let users = system.users(Default::default(), page).await?;
    let token = NewToken {
        user_id: users.items.first().map(|user| user.id),
        label: "bench".to_owned(),
        scope: Scope::Full,
        expires_at: None,
    };
    let token = system.create_token(token).await?.1;
    let config = ServerConfig {
        listen: ([127, 0, 0, 1], 0).into(),
        ..ServerConfig::default()
    };
    let server = Server::bind(config, engine.clone()).await?;
    println!("http://{} {token}", server.local_addr());
    let stop = CancellationToken::new();
    let until = stop.clone();
    std::thread::spawn(move || {
        // Whoever started this holds the other end.
        let _ = std::io::stdin().lines().count();
        until.cancel();
    });
    server.run(stop).await?;
    engine.stop(Duration::ZERO).await;
    Ok(())
}

/// The server as seen from here.
struct Site {
    process: Child,
    url: Url,
    token: String,
    http: reqwest::Client,
    _folder: tempfile::TempDir,
}

impl Site {
    fn start() -> Result<Self> {
        let folder = tempfile::tempdir()?;
        let mut process = Command::new(std::env::current_exe()?)
            .arg("serve")
            .arg(folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut line = String::new();
        let said = process.stdout.take().context("its output")?;
        BufReader::new(said).read_line(&mut line)?;
        let (url, token) = line.trim().split_once(' ').context("no address")?;
        Ok(Self {
            url: url.parse()?,
            token: token.to_owned(),
            process,
            http: reqwest::Client::new(),
            _folder: folder,
        })
    }

    async fn ask(&self, method: reqwest::Method, path: &str, body: Value) -> Result<Value> {
        let request = self
            .http
            .request(method, self.url.join(path)?)
            .bearer_auth(&self.token);
        let answer = if body.is_null() {
            request
        } else {
            request.json(&body)
        };
        Ok(answer.send().await?.error_for_status()?.json().await?)
    }

    /// Memory of the server in MiB.
    fn resident(&self) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
        let line = status.lines().find(|line| line.starts_with("VmRSS"));
        let words = line.and_then(|line| line.split_whitespace().nth(1));
        Ok(words.context("no VmRSS")?.parse::<f64>()? / 1_024.0)
    }

    /// Processor time of the server in seconds.
    fn processor(&self) -> Result<f64> {
        let mut nanoseconds = 0.0;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.process.id()))? {
            // A thread may end between being listed and being read.
            let text = std::fs::read_to_string(thread?.path().join("schedstat"));
            let text = text.unwrap_or_default();
            let first = text.split(' ').next().unwrap_or_default();
            nanoseconds += first.parse::<f64>().unwrap_or(0.0);
        }
        Ok(nanoseconds / 1e9)
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// What an agent keeps of its enrolment.
struct Identity {
    own: KeyPair,
    server: PublicKey,
    link: String,
}

/// What agents tell while they are connected, each with the instant.
enum News {
    /// Connected, and a heartbeat was answered.
    Here(Instant),
    /// The time from a heartbeat to its answer.
    Beat(Duration),
    /// An order arrived.
    Ordered(Instant),
    /// The server has the result in its database.
    Settled(Instant),
}

async fn measure(agents: usize) -> Result<Vec<(&'static str, f64)>> {
    let site = Site::start()?;
    let empty = site.resident()?;
    let facts = Arc::new(platform::facts(&Policy::default()));
    let mut tokens = Vec::new();
    for _ in 0..agents {
        let path = "/api/v1/devices/enrollment-tokens";
        let made = site.ask(reqwest::Method::POST, path, json!({})).await?;
        tokens.push(made["token"].as_str().context("no token")?.to_owned());
    }

    let begun = Instant::now();
    let enrolling: Vec<_> = tokens
        .into_iter()
        .map(|token| tokio::spawn(enrol(site.url.clone(), token, Arc::clone(&facts))))
        .collect();
    let mut identities = Vec::new();
    for one in enrolling {
        identities.push(one.await??);
    }
    let enrolled = begun.elapsed();

    // All at once, as after a restart of the server, but without the pauses that real agents spread themselves by.
    let (tell, mut told) = mpsc::unbounded_channel();
    let begun = Instant::now();
    // They end with this, before the server does.
    let mut living = JoinSet::new();
    for identity in identities {
        let (url, facts, tell) = (site.url.clone(), Arc::clone(&facts), tell.clone());
        living.spawn(async move {
            if let Err(error) = live(&url, identity, facts, &tell).await {
                eprintln!("an agent ended: {error:#}");
            }
        });
    }
    let mut here = Vec::new();
    while here.len() < agents {
        if let News::Here(at) = next(&mut told).await? {
            here.push(milliseconds(at - begun));
        }
    }
    here.sort_by(f64::total_cmp);
    let connected = site.resident()?;

    let (cpu, begun) = (site.processor()?, Instant::now());
    tokio::time::sleep(IDLE).await;
    let idle = (site.processor()? - cpu) / begun.elapsed().as_secs_f64() * 100.0;
    let mut beats = Vec::new();
    while let Ok(news) = told.try_recv() {
        if let News::Beat(took) = news {
            beats.push(milliseconds(took));
        }
    }
    beats.sort_by(f64::total_cmp);

    let rule =
        json!({ "name": "All", "rule": { "field": "status", "op": "eq", "value": "online" } });
    let group = site
        .ask(reqwest::Method::POST, "/api/v1/groups", rule)
        .await?;
    let (mut arrived, mut settled, mut whole) = (Vec::new(), Vec::new(), Vec::new());
    let cpu = site.processor()?;
    for _ in 0..COMMANDS {
        let begun = Instant::now();
        let body = json!({ "name": "All", "kind": "command", "parameters": {
            "command": "true", "targets": { "groups": [group["id"]] },
        } });
        let made = site
            .ask(reqwest::Method::POST, "/api/v1/deployments", body)
            .await?;
        let mut ends = 0;
        while ends < agents {
            match next(&mut told).await? {
                News::Ordered(at) => arrived.push(milliseconds(at - begun)),
                News::Settled(at) => {
                    ends += 1;
                    settled.push(milliseconds(at - begun));
                }
                News::Here(_) | News::Beat(_) => {}
            }
        }
        let path = format!("/api/v1/deployments/{}", made["id"]);
        loop {
            let now = site.ask(reqwest::Method::GET, &path, Value::Null).await?;
            if !matches!(now["status"].as_str(), Some("pending" | "in_progress")) {
                if now["counts"]["succeeded"] != agents {
                    bail!("not all succeeded: {}", now["counts"]);
                }
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        whole.push(milliseconds(begun.elapsed()));
    }
    let cost = (site.processor()? - cpu) / COMMANDS as f64;
    if arrived.len() != agents * COMMANDS {
        bail!(
            "{} orders arrived, not {}",
            arrived.len(),
            agents * COMMANDS
        );
    }
    arrived.sort_by(f64::total_cmp);
    settled.sort_by(f64::total_cmp);
    whole.sort_by(f64::total_cmp);
    Ok(vec![
        ("all enrolled at once (ms)", milliseconds(enrolled)),
        (
            "all connected at once, to the last one's first answered heartbeat (ms)",
            at(&here, 100),
        ),
        ("the same, median agent (ms)", at(&here, 50)),
        ("heartbeat to its answer: median (ms)", at(&beats, 50)),
        ("p99 (ms)", at(&beats, 99)),
        ("most (ms)", at(&beats, 100)),
        (
            "command to all: asked to order on the device: median (ms)",
            at(&arrived, 50),
        ),
        ("p99 (ms)", at(&arrived, 99)),
        ("most (ms)", at(&arrived, 100)),
        (
            "asked to result acknowledged: median (ms)",
            at(&settled, 50),
        ),
        ("p99 (ms)", at(&settled, 99)),
        ("most (ms)", at(&settled, 100)),
        (
            "asked to the run's end with all results: median (ms)",
            at(&whole, 50),
        ),
        ("server's memory before any agent (MiB)", empty),
        ("with all connected (MiB)", connected),
        ("after the commands (MiB)", site.resident()?),
        ("server's processor while idle (% of a core)", idle),
        ("server's processor for one command to all (s)", cost),
    ])
}

async fn next(told: &mut mpsc::UnboundedReceiver<News>) -> Result<News> {
    let news = tokio::time::timeout(PATIENCE, told.recv()).await;
    news.context("no news for too long")?
        .context("all agents have ended")
}

async fn enrol(url: Url, token: String, facts: Arc<Facts>) -> Result<Identity> {
    let (secret, key) = token.split_once('.').context("no token")?;
    let (own, server) = (KeyPair::generate()?, PublicKey::parse(key)?);
    let mut line = Connection::dial(&url, &own, server).await?;
    let proof = AgentProof::Enroll {
        protocol: PROTOCOL,
        token: secret.to_owned(),
        hello: hello(&facts),
    };
    let ServerFrame::Welcome { link, .. } = line.enter(&proof).await? else {
        bail!("no welcome");
    };
    line.send(&AgentFrame::Linked {}).await?;
    line.close().await;
    Ok(Identity { own, server, link })
}

fn hello(facts: &Facts) -> Hello {
    Hello {
        version: env!("CARGO_PKG_VERSION").to_owned(),
        facts: facts.clone(),
    }
}

/// One agent, connected: heartbeats, and whatever it is ordered succeeds at once.
async fn live(
    url: &Url,
    identity: Identity,
    facts: Arc<Facts>,
    tell: &mpsc::UnboundedSender<News>,
) -> Result<()> {
    let mut line = Connection::dial(url, &identity.own, identity.server).await?;
    let proof = AgentProof::Connect {
        protocol: PROTOCOL,
        link: identity.link,
        holding: Vec::new(),
        hello: hello(&facts),
    };
    let ServerFrame::Welcome {
        heartbeat_seconds,
        server_time,
        ..
    } = line.enter(&proof).await?
    else {
        bail!("no welcome");
    };
    line.send(&AgentFrame::Linked {}).await?;
    let every = Duration::from_secs(u64::from(heartbeat_seconds));
    let mut beats = tokio::time::interval(every);
    let mut asked = Instant::now();
    let mut is_here = false;
    loop {
        tokio::select! {
            _ = beats.tick() => {
                asked = Instant::now();
                line.send(&AgentFrame::Heartbeat {}).await?;
            }
            frame = line.receive() => match frame? {
                ServerFrame::Beat { .. } => {
                    tell.send(News::Beat(asked.elapsed()))?;
                    if !std::mem::replace(&mut is_here, true) {
                        tell.send(News::Here(Instant::now()))?;
                    }
                }
                ServerFrame::Order { order } => {
                    tell.send(News::Ordered(Instant::now()))?;
                    let (fence, at) = (order.fence, server_time);
                    let outcome = Outcome {
                        verdict: Verdict::Success,
                        reason: None,
                        exit_code: Some(0),
                        steps: Vec::new(),
                    };
                    let text = "done\n".to_owned();
                    for frame in [
                        AgentFrame::Accept { fence },
                        AgentFrame::Started { fence, at },
                        AgentFrame::Output { fence, seq: 1, at, step: 0, stream: Stream::Stdout, text },
                        AgentFrame::Result { fence, outcome, at, last_seq: 1 },
                    ] {
                        line.send(&frame).await?;
                    }
                }
                ServerFrame::Ack { settled: true, .. } => tell.send(News::Settled(Instant::now()))?,
                ServerFrame::Bye { message, .. } => bail!("{message}"),
                _ => {}
            }
        }
    }
}

fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The value that so many per cent do not exceed, of sorted ones.
fn at(sorted: &[f64], percent: usize) -> f64 {
    let index = (sorted.len() * percent).div_ceil(100).max(1) - 1;
    sorted.get(index).copied().unwrap_or(f64::NAN)
}
