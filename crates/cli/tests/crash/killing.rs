//! kill -9 of one server.

use std::time::Duration;

use orloj_witness::now_us;

use crate::evidence::{Verdict, spread};
use crate::load::{Asked, Load};
use crate::place::Place;
use crate::scene::{Scene, rounds};
use crate::store::Database;

#[test]
fn killed_again_and_again_on_sqlite() {
    let scene = Scene::new("kill -9, SQLite");
    let place = Place::on_sqlite(scene.home.path());
    let (verdict, seed) = trial(scene, &place, rounds(5));
    verdict.must_be_clean(seed, &place.said());
}

#[test]
fn killed_again_and_again_on_postgres() {
    let Some(database) = Database::make("crash") else {
        return;
    };
    let scene = Scene::new("kill -9, PostgreSQL");
    let mut place = Place::on_sqlite(scene.home.path());
    place.database_url = Some(database.url());
    let (verdict, seed) = trial(scene, &place, rounds(5));
    verdict.must_be_clean(seed, &place.said());
}

/// Kills a server at random moments.
pub(crate) fn trial(mut scene: Scene, place: &Place, rounds: u64) -> (Verdict, u64) {
    let mut server = place.start();
    let token = place.token();
    let mut client = server.client(&token);
    scene.begin(&client, Load::Full);
    let mut first_fires = Vec::new();
    for _ in 0..rounds {
        // The chance to be killed in the middle of anything, also of starting up.
        std::thread::sleep(Duration::from_millis(scene.chance.between(300, 4_000)));
        server.kill();
        let began = now_us();
        server = place.start();
        client = server.client(&token);
        scene.ask(&client);
        first_fires.push(scene.first_start(began));
    }
    scene.verdict.tell(format!(
        "{rounds} kills; first start after a restart: {} (aim 5000)",
        spread(first_fires)
    ));
    scene.end(&client);
    (std::mem::take(&mut scene.verdict), scene.seed)
}

#[test]
fn killed_with_an_answer_on_its_lips_on_sqlite() {
    let scene = Scene::new("kill -9 right after an answer, SQLite");
    let place = Place::on_sqlite(scene.home.path());
    let (verdict, seed) = after_an_answer(scene, &place, rounds(2));
    verdict.must_be_clean(seed, &place.said());
}

#[test]
fn killed_with_an_answer_on_its_lips_on_postgres() {
    let Some(database) = Database::make("answer") else {
        return;
    };
    let scene = Scene::new("kill -9 right after an answer, PostgreSQL");
    let mut place = Place::on_sqlite(scene.home.path());
    place.database_url = Some(database.url());
    let (verdict, seed) = after_an_answer(scene, &place, rounds(2));
    verdict.must_be_clean(seed, &place.said());
}

/// Kills a server the moment it has acknowledged something: what is written a little later than said is lost then.
pub(crate) fn after_an_answer(mut scene: Scene, place: &Place, rounds: u64) -> (Verdict, u64) {
    let mut server = place.start();
    let token = place.token();
    let mut client = server.client(&token);
    scene.begin(&client, Load::Light);
    for round in 0..rounds {
        let asked = [Asked::Batch, Asked::Run][usize::try_from(round).unwrap() % 2];
        scene.ask_for(&client, asked, round);
        server.kill();
        let began = now_us();
        server = place.start();
        client = server.client(&token);
        scene.ask(&client);
        scene.first_start(began);
    }
    scene
        .verdict
        .tell(format!("{rounds} kills right after an answer"));
    scene.end(&client);
    (std::mem::take(&mut scene.verdict), scene.seed)
}
