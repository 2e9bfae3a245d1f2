//! Every named point: the process ends there, and the next one goes on.

use std::time::{Duration, Instant};

use serde_json::json;

use crate::client::Client;
use crate::evidence::wait;
use crate::load::Load;
use crate::place::Place;
use crate::scene::Scene;
use crate::store::Database;

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
fn who_ends_at_any_point_of_its_making_is_followed_by_one_that_works_on_sqlite() {
    making(sqlite);
}

#[test]
fn who_ends_at_any_point_of_its_making_is_followed_by_one_that_works_on_postgres() {
    making(postgres);
}

#[test]
fn who_ends_at_any_point_of_its_work_is_followed_by_one_that_goes_on_on_sqlite() {
    working(sqlite);
}

#[test]
fn who_ends_at_any_point_of_its_work_is_followed_by_one_that_goes_on_on_postgres() {
    working(postgres);
}

/// Where a process works, and the database that is removed after it. `None` where there is no server to test with.
type Ground = Option<(Place, Option<Database>)>;

fn sqlite(scene: &Scene) -> Ground {
    Some((Place::on_sqlite(scene.home.path()), None))
}

fn postgres(scene: &Scene) -> Ground {
    let database = Database::make("points")?;
    let mut place = Place::on_sqlite(scene.home.path());
    place.database_url = Some(database.url());
    Some((place, Some(database)))
}

fn making(ground: fn(&Scene) -> Ground) {
    for point in MAKING {
        let mut scene = Scene::new(point);
        let Some((place, _database)) = ground(&scene) else {
            return;
        };
        let dies = place.clone().with("ORLOJ_FAILPOINT", point);
        if let Ok(mut dying) = dies.try_start() {
            // Some are passed when it serves already.
            let patience = Instant::now() + Duration::from_secs(120);
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
    println!("{} points walked", MAKING.len());
}

fn working(ground: fn(&Scene) -> Ground) {
    let mut walked = 0;
    for point in RUNNING {
        let mut scene = Scene::new(point);
        let Some((place, _database)) = ground(&scene) else {
            return;
        };
        let server = place.start();
        let token = place.token();
        let client = server.client(&token);
        more_jobs(&mut scene, &client);
        scene.begin(&client, Load::Light);
        server.kill();
        let times = scene.chance.between(2, 6);
        // It may come to the point before it has said where it answers.
        let dies = place
            .clone()
            .with("ORLOJ_FAILPOINT", &format!("{point}:{times}"));
        if let Ok(mut dying) = dies.try_start() {
            scene.ask(&dying.client(&token));
            let patience = Instant::now() + Duration::from_secs(120);
            if !wait(patience, || !dying.is_alive()) {
                scene.verdict.fault(format!("{point} was not reached"));
            }
        }
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
fn more_jobs(scene: &mut Scene, client: &Client) {
    for body in [
        json!({
            "taskFunctionKey": "script",
            "nameEn": "fails",
            "intervalSeconds": 1,
            "delivery": "at_least_once",
            "parameters": { "script": "exit 3" },
            "retryPolicy": { "maxAttempts": 2, "delaySeconds": 0.2 },
        }),
        // Each is due before the one before it has ended, but not so much that a queue grows that takes long to end.
        json!({
            "taskFunctionKey": "script",
            "nameEn": "waits",
            "intervalSeconds": 3,
            "overlap": "queue",
            "parameters": { "script": "echo waiting; sleep 3.2" },
        }),
    ] {
        scene.add_job(client, &body);
    }
}
