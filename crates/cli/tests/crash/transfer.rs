//! A large file on its way to a device while agent, server and network die in turn. `ORLOJ_MEGABYTES` sets its size, 64
//! without it: most of the time goes into checking sums without optimisation.

use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::client::{Answer, Client};
use crate::evidence::wait;
use crate::place::Place;
use crate::proxy::Proxy;
use crate::scene::{Scene, number, rounds};

/// What was in the place before, and must be there until all of the new file is.
const OLD: &[u8] = b"what was there before";
const NAME: &str = "large.bin";
/// Nothing here takes so long unless it never comes.
const PATIENCE: Duration = Duration::from_secs(240);
/// Bytes that one death may cost: what was on its way, in buffers of the kernel and of the programs.
const IN_FLIGHT: u64 = 16 << 20;

#[test]
fn a_large_file_arrives_whole_once_whatever_dies_on_the_way() {
    let mut scene = Scene::new("a file for a device, cut off");
    let rounds = rounds(6);
    let size = number("ORLOJ_MEGABYTES").unwrap_or(64) << 20;
    let home = scene.home.path().to_owned();
    let place = Place::on_sqlite(&home).with("ORLOJ_ALLOW_PRIVATE_ADDRESSES", "true");
    let mut server = place.start();
    let token = place.token();
    let mut client = server.client(&token);
    let proxy = Proxy::to(server.address.clone());
    let mut agent = Agent::enrol(&home, &client, &proxy);
    agent.start();
    let wanted = fill(&home.join(NAME), size, scene.seed);
    let file = upload(&home.join(NAME), &client);
    let folder = home.join("target");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join(NAME), OLD).unwrap();
    let body = json!({ "name": "Large", "kind": "file", "parameters": {
        "files": [file], "targetPath": folder, "timeoutSeconds": 3_600,
        "targets": { "devices": [1], "offline": "wait" },
    } });
    let made = heard(&client.post("/api/v1/deployments", &body), 201);
    let deployment = format!("/api/v1/deployments/{}", made["id"]);
    let orders = format!(
        "/api/v1/scheduler/executions/{}/devices",
        made["executionId"].as_str().unwrap()
    );

    let (mut had, mut slowest) = (0, Duration::ZERO);
    let counted = proxy.replied();
    for round in 0..rounds {
        // Somewhere in this round's share of the file, and never so late that the file is there first.
        let share = size * 9 / 10 / rounds;
        let at = share * round + scene.chance.between(share / 10, share);
        let begun = Instant::now();
        until("the transfer goes on", || {
            let has = part(&folder);
            assert!(
                has >= had,
                "round {round}: {had} bytes had arrived, and now there are {has}"
            );
            had = has;
            assert_eq!(
                std::fs::read(folder.join(NAME)).unwrap(),
                OLD,
                "round {round}"
            );
            has >= at
        });
        slowest = slowest.max(begun.elapsed());
        match round % 3 {
            0 => {
                agent.kill();
                agent.start();
            }
            1 => {
                server.kill();
                server = place.start();
                client = server.client(&token);
                proxy.aim(&server.address);
                proxy.cut();
            }
            _ => proxy.cut(),
        }
    }
    until("the deployment has ended", || {
        let now = std::fs::read(folder.join(NAME)).unwrap();
        assert!(
            now == OLD || now.len() as u64 == size,
            "{} bytes are in place",
            now.len()
        );
        let Answer::Heard(200, now) = client.get(&deployment) else {
            return false;
        };
        !matches!(now["status"].as_str(), Some("pending" | "in_progress"))
    });
    let ended = heard(&client.get(&deployment), 200);
    assert_eq!(
        ended["status"],
        "completed",
        "{ended}\n{}\n{}",
        place.said(),
        agent.said()
    );
    assert_eq!(sum(&folder.join(NAME)), wanted);
    assert_eq!(
        std::fs::read_dir(&folder).unwrap().count(),
        1,
        "a part was left behind"
    );
    // Settled once: one order, one attempt, one end in what the device wrote, one execution of the job.
    let all = heard(&client.get(&orders), 200);
    assert_eq!(all["total"], 1, "{all}");
    let order = &all["items"][0];
    assert_eq!(
        (&order["outcome"], &order["attempt"]),
        (&json!("success"), &json!(1)),
        "{order}"
    );
    let said = heard(&client.get(&format!("{orders}/1/output")), 200).to_string();
    assert_eq!(said.matches(NAME).count(), 1, "{said}");
    let history = client.all("/api/v1/scheduler/history");
    assert_eq!(history.len(), 1, "{history:?}");
    // It went on instead of beginning anew.
    let sent = proxy.replied() - counted;
    assert!(
        sent < size + rounds * IN_FLIGHT,
        "{sent} bytes were sent for a file of {size}"
    );
    // The agent has nothing left to report.
    until("the agent's spool is empty", || {
        let journal = std::fs::read_to_string(home.join("agent/spool/journal")).unwrap();
        journal
            .lines()
            .last()
            .is_some_and(|line| line.contains("settled"))
    });
    println!(
        "{} MiB, {rounds} deaths: {} bytes sent more than the file has; at most {} ms until the next share had arrived",
        size >> 20,
        sent.saturating_sub(size),
        slowest.as_millis()
    );
    agent.kill();
    server.kill();
}

/// The real agent, as a process that can be killed.
struct Agent {
    folder: PathBuf,
    log: PathBuf,
    process: Option<Child>,
}

impl Agent {
    fn enrol(home: &Path, client: &Client, proxy: &Proxy) -> Self {
        let agent = Self {
            folder: home.join("agent"),
            log: home.join("agent.log"),
            process: None,
        };
        let made = heard(
            &client.post("/api/v1/devices/enrollment-tokens", &json!({})),
            201,
        );
        let status = agent
            .command()
            .args(["enroll", "--server", &format!("http://{}", proxy.address())])
            .args(["--token", made["token"].as_str().unwrap()])
            .status()
            .unwrap();
        assert!(status.success(), "{}", agent.said());
        agent
    }

    fn command(&self) -> Command {
        // Both programs are built into the same folder when the tests of the whole workspace are.
        let program = Path::new(env!("CARGO_BIN_EXE_orloj")).with_file_name("orloj-agent");
        assert!(
            program.is_file(),
            "there is no orloj-agent: build the tests with --workspace"
        );
        let log = std::fs::File::options()
            .create(true)
            .append(true)
            .open(&self.log)
            .unwrap();
        let mut command = Command::new(program);
        command
            .env("ORLOJ_AGENT_DATA_DIR", &self.folder)
            .env("ORLOJ_LOG", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log);
        command
    }

    fn start(&mut self) {
        self.process = Some(self.command().arg("run").spawn().unwrap());
    }

    fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().unwrap();
            process.wait().unwrap();
        }
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        self.kill();
    }
}

fn until(what: &str, holds: impl FnMut() -> bool) {
    assert!(
        wait(Instant::now() + PATIENCE, holds),
        "waited in vain: {what}"
    );
}

fn heard(answer: &Answer, status: u16) -> Value {
    match answer {
        Answer::Heard(had, body) if *had == status => body.clone(),
        other => panic!("not {status}: {other:?}"),
    }
}

/// Bytes of the file that have arrived on the device, in whatever name they stand.
fn part(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).unwrap().flatten();
    entries
        .filter(|entry| entry.file_name().to_string_lossy().ends_with(".part"))
        .filter_map(|entry| Some(entry.metadata().ok()?.len()))
        .sum()
}

/// Writes a file that no part of can be mistaken for another; answers its SHA-256.
fn fill(path: &Path, size: u64, seed: u64) -> String {
    let mut chance = orloj_witness::Chance::new(seed);
    let mut file = std::io::BufWriter::new(std::fs::File::create(path).unwrap());
    for _ in 0..size / 8 {
        file.write_all(&chance.draw().to_le_bytes()).unwrap();
    }
    file.into_inner().unwrap().sync_all().unwrap();
    sum(path)
}

fn sum(path: &Path) -> String {
    let mut file = std::fs::File::open(path).unwrap();
    let (mut digest, mut block) = (Sha256::new(), vec![0; 1 << 20]);
    loop {
        match file.read(&mut block).unwrap() {
            0 => {
                return digest
                    .finalize()
                    .iter()
                    .map(|byte| format!("{byte:02x}"))
                    .collect();
            }
            count => digest.update(&block[..count]),
        }
    }
}

/// Uploads a file; on a busy machine in several goes, each from where the one before broke off.
fn upload(path: &Path, client: &Client) -> Value {
    let mut file = Value::Null;
    until("the file is on the server", || {
        let output = Command::new(env!("CARGO_BIN_EXE_orloj"))
            .args(["file", "upload", "-o", "json"])
            .arg(path)
            .env("ORLOJ_URL", format!("http://{}", client.address))
            .env("ORLOJ_TOKEN", &client.token)
            .output()
            .unwrap();
        let uploaded: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
        file = uploaded["id"].clone();
        output.status.success()
    });
    file
}
