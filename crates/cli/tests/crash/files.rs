//! The SQLite file under attack: a second server, a damaged log, no space.

use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use orloj_witness::{Chance, now_us};
use serde_json::{Value, json};

use crate::client::Answer;
use crate::evidence::{Verdict, wait};
use crate::load::Load;
use crate::place::Place;
use crate::scene::{Scene, rounds};

#[test]
fn a_second_server_on_one_file_is_refused() {
    let home = tempfile::tempdir().unwrap();
    let place = Place::on_sqlite(home.path());
    for _ in 0..rounds(2) {
        let first = place.start();
        let second = place.try_start();
        assert!(second.is_err(), "a second server has the same file open");
        let said = place.said();
        assert!(
            said.contains("another process") && said.contains("PostgreSQL"),
            "{said}"
        );
        let answer = first.client("none").get("/api/v1/health");
        assert!(matches!(answer, Answer::Heard(..)), "{answer:?}");
        // What it leaves behind keeps nobody out.
        first.kill();
    }
    drop(place.start());
}

/// Names of the jobs in the order of their creation.
fn job_name(n: usize) -> String {
    format!("job {n:04}")
}

const JOBS: usize = 40;

#[test]
fn a_damaged_log_is_a_consistent_earlier_state_or_is_refused() {
    let scene = Scene::new("damaged WAL");
    let (verdict, seed, said) = damaged(scene, rounds(6));
    verdict.must_be_clean(seed, &said);
}

/// Kills a server, damages its write-ahead log, and looks what the next one makes of it.
fn damaged(mut scene: Scene, rounds: u64) -> (Verdict, u64, String) {
    let place = Place::on_sqlite(scene.home.path());
    let server = place.start();
    let token = place.token();
    let client = server.client(&token);
    for n in 0..JOBS {
        let body = json!({ "taskFunctionKey": "echo", "nameEn": job_name(n), "manual": true });
        let answer = client.post("/api/v1/scheduler/jobs", &body);
        assert!(matches!(answer, Answer::Heard(201, _)), "{answer:?}");
    }
    server.kill();
    let data = place.data();
    let spare = scene.home.path().join("spare");
    copy(&data, &spare);
    let (mut whole, mut earlier, mut refused) = (0, 0, 0);
    for round in 0..rounds {
        std::fs::remove_dir_all(&data).unwrap();
        copy(&spare, &data);
        let damage = damage(&data, round, &mut scene.chance);
        let Ok(server) = place.try_start() else {
            refused += 1;
            let said = place.said();
            let last = said.lines().last().unwrap_or_default().to_owned();
            if !last.contains("database") {
                scene
                    .verdict
                    .fault(format!("{damage}: refused without a reason: {last:?}"));
            }
            continue;
        };
        // Its tokens may be from a later state than the jobs, and gone with it.
        let token = place.token();
        let client = server.client(&token);
        let mut names: Vec<String> = client
            .all("/api/v1/scheduler/jobs")
            .iter()
            .filter_map(|job| Some(job["nameEn"].as_str()?.to_owned()))
            .collect();
        names.sort_unstable();
        let prefix: Vec<String> = (0..names.len()).map(job_name).collect();
        if names != prefix {
            scene
                .verdict
                .fault(format!("{damage}: not an earlier state: {names:?}"));
        }
        if names.len() == JOBS {
            whole += 1;
        } else {
            earlier += 1;
        }
        let body = json!({ "taskFunctionKey": "echo", "nameEn": "after", "manual": true });
        let answer = client.post("/api/v1/scheduler/jobs", &body);
        if !matches!(answer, Answer::Heard(201, _)) {
            scene
                .verdict
                .fault(format!("{damage}: cannot be used: {answer:?}"));
        }
        server.kill();
    }
    scene.verdict.tell(format!(
        "{rounds} damaged logs: {whole} without loss, {earlier} an earlier state without gaps, {refused} refused with the reason"
    ));
    let verdict = std::mem::take(&mut scene.verdict);
    (verdict, scene.seed, place.said())
}

/// Truncates the log, flips a bit in it, fills a part of it with nothing, or spoils its index; says what.
fn damage(data: &Path, round: u64, chance: &mut Chance) -> String {
    let wal = data.join("orloj.db-wal");
    let mut bytes = std::fs::read(&wal).unwrap();
    let length = bytes.len() as u64;
    let at = chance.between(0, length - 1);
    let place = usize::try_from(at).unwrap();
    let what = match round % 4 {
        0 => {
            bytes.truncate(place);
            "truncated"
        }
        1 => {
            bytes[place] ^= 1 << chance.between(0, 7);
            "one bit flipped"
        }
        2 => {
            let end = bytes.len().min(place + 4_096);
            bytes[place..end].fill(0);
            "4096 bytes of nothing"
        }
        _ => {
            let index = data.join("orloj.db-shm");
            if index.exists() {
                std::fs::write(&index, vec![0xa5; 32_768]).unwrap();
            }
            "its index spoilt"
        }
    };
    std::fs::write(&wal, bytes).unwrap();
    format!("WAL of {length} bytes, at {at}: {what}")
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
        }
    }
}

#[test]
fn a_full_disk_stops_nothing_for_good() {
    let scene = Scene::new("disk full, SQLite");
    let (verdict, seed, said) = full(scene, rounds(1));
    verdict.must_be_clean(seed, &said);
}

/// Bytes that a file may grow to: the log has reached or soon reaches this.
const LIMIT: &str = "3072000";

/// Lets the files of a server grow no further, then lets them grow again.
fn full(mut scene: Scene, rounds: u64) -> (Verdict, u64, String) {
    let mut place = Place::on_sqlite(scene.home.path());
    // Errors only: what it says goes to a file that must not grow too far either.
    place = place.with("ORLOJ_LOG", "error");
    place.wrapper = ["sh", "-c", "trap '' XFSZ; exec \"$@\"", "sh"]
        .map(str::to_owned)
        .to_vec();
    let mut server = place.start();
    let client = server.client(&place.token());
    // The limit comes after the first start: on a slow machine the load alone fills a small file before it.
    scene.begin(&client, Load::Full);
    let mut back = Vec::new();
    for _ in 0..rounds {
        limit(&server, LIMIT);
        let probe = json!({ "taskFunctionKey": "echo", "manual": true });
        let mut refusals: Vec<(u16, Value)> = Vec::new();
        let patience = Instant::now() + Duration::from_secs(90);
        let is_full = wait(patience, || {
            match client.post("/api/v1/scheduler/jobs", &probe) {
                Answer::Heard(201, _) => false,
                Answer::Heard(status, body) => {
                    refusals.push((status, body));
                    refusals.len() > 20
                }
                Answer::Unknown => true,
            }
        });
        if !is_full {
            scene
                .verdict
                .fault("the disk was never full: nothing was tested".to_owned());
        }
        for (status, body) in refusals.iter().filter(|(status, _)| *status != 503) {
            scene
                .verdict
                .fault(format!("a full disk answers {status} {body}"));
        }
        std::thread::sleep(Duration::from_secs(3));
        if !server.is_alive() {
            scene
                .verdict
                .fault("the server has ended because the disk was full".to_owned());
            server = place.start();
        }
        limit(&server, "unlimited");
        let began = now_us();
        scene.first_start(began);
        back.push(scene.all_fire(began));
        if rounds > 1 {
            // The next round needs a file that is nearly full: the log is folded into the database at a restart.
            server.kill();
            server = place.start();
            scene.ask(&server.client(&client.token));
        }
    }
    scene.verdict.tell(format!(
        "{rounds} times full; every job fires again after: {}",
        crate::evidence::spread(back)
    ));
    let client = server.client(&client.token);
    limit(&server, "unlimited");
    scene.end(&client);
    let verdict = std::mem::take(&mut scene.verdict);
    (verdict, scene.seed, place.said())
}

/// Sets how far the files of a running process may grow.
fn limit(server: &crate::place::Server, bytes: &str) {
    let done = Command::new("prlimit")
        .arg(format!("--pid={}", server.pid()))
        .arg(format!("--fsize={bytes}:"))
        .status()
        .unwrap();
    assert!(done.success(), "prlimit: {done}");
}
