//! Every named point: the process ends there, and the next one goes on.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::Answer;
use crate::evidence::wait;
use crate::load::Load;
use crate::place::Place;
use crate::scene::Scene;

/// Points that are passed while a new database is made.
const MAKING: [&str; 4] = [
    "migrate.step",
    "migrate.before",
    "migrate.committed",
    "shards.taken",
];

/// Points that are passed while jobs run.
const RUNNING: [&str; 15] = [
    "fire.before",
    "fire.committed",
    "fire.handed",
    "start",
    "start.mark.before",
    "start.mark.committed",
    "log.before",
    "log.committed",
    "finish.before",
    "finish.committed",
    "claim.before",
    "claim.committed",
    "retry.before",
    "retry.committed",
    "release.committed",
];

#[test]
fn a_process_that_ends_at_any_point_of_its_making_is_followed_by_one_that_works() {
    for point in MAKING {
        let mut scene = Scene::new(point);
        let place = Place::on_sqlite(scene.home.path());
        let dies = place.clone().with("ORLOJ_FAILPOINT", point);
        if let Ok(mut dying) = dies.try_start() {
            // Some are passed when it serves already.
            let patience = Instant::now() + Duration::from_secs(60);
            assert!(
                wait(patience, || !dying.is_alive()),
                "{point} was not reached"
            );
        }
        assert!(
            place
                .said()
                .contains(&format!("reached the failpoint {point}")),
            "{}",
            place.said()
        );
        let server = place.start();
        let client = server.client(&place.token());
        scene.begin(&client, Load::Light);
        scene.end(&client);
        scene.verdict.must_be_clean(scene.seed, &place.said());
    }
}

#[test]
fn a_process_that_ends_at_any_point_of_its_work_is_followed_by_one_that_goes_on() {
    let mut walked = 0;
    for point in RUNNING {
        let mut scene = Scene::new(point);
        let place = Place::on_sqlite(scene.home.path());
        let server = place.start();
        let token = place.token();
        let client = server.client(&token);
        more_jobs(&client);
        scene.begin(&client, Load::Light);
        server.kill();
        let times = scene.chance.between(2, 6);
        let mut dying = place
            .clone()
            .with("ORLOJ_FAILPOINT", &format!("{point}:{times}"))
            .start();
        scene.ask(&dying.client(&token));
        let patience = Instant::now() + Duration::from_secs(60);
        if !wait(patience, || !dying.is_alive()) {
            scene.verdict.fault(format!("{point} was not reached"));
        }
        drop(dying);
        let server = place.start();
        let client = server.client(&token);
        scene.ask(&client);
        let began = orloj_witness::now_us();
        scene.all_fire(began);
        scene.end(&client);
        scene.verdict.must_be_clean(scene.seed, &place.said());
        walked += 1;
    }
    println!("{walked} of {} points walked", RUNNING.len());
}

/// Jobs that fail and are tried again, and jobs that wait for each other: both come by points that others do not.
fn more_jobs(client: &crate::client::Client) {
    for body in [
        json!({
            "taskFunctionKey": "script",
            "nameEn": "fails",
            "intervalSeconds": 1,
            "delivery": "at_least_once",
            "parameters": { "script": "exit 3" },
            "retryPolicy": { "maxAttempts": 2, "delaySeconds": 0.2 },
        }),
        json!({
            "taskFunctionKey": "script",
            "nameEn": "waits",
            "intervalSeconds": 1,
            "overlap": "queue",
            "parameters": { "script": "echo waiting; sleep 1.4" },
        }),
    ] {
        let answer = client.post("/api/v1/scheduler/jobs", &body);
        assert!(matches!(answer, Answer::Heard(201, _)), "{answer:?}");
    }
}
