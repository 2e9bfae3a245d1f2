//! The database goes away and comes back.

use std::time::Duration;

use nix::sys::signal::Signal;
use orloj_witness::now_us;

use crate::cluster::{Cluster, places};
use crate::evidence::{Verdict, spread};
use crate::load::{Load, Lone};
use crate::postgres::Postgres;
use crate::scene::{Scene, rounds};
use crate::store::Database;

/// Fast, immediate, killed.
const ENDS: [Signal; 3] = [Signal::SIGQUIT, Signal::SIGKILL, Signal::SIGINT];

#[test]
fn the_database_is_restarted_under_load() {
    let Some(mut postgres) = Postgres::start() else {
        return;
    };
    let scene = Scene::new("PostgreSQL restarted");
    let (verdict, seed, said) = trial(scene, &mut postgres, rounds(2), &[]);
    verdict.must_be_clean(seed, &said);
}

/// Ends the database in turn fast, immediately and by force, and starts it again after a while.
pub(crate) fn trial(
    mut scene: Scene,
    postgres: &mut Postgres,
    rounds: u64,
    environment: &[(&str, &str)],
) -> (Verdict, u64, String) {
    let database = Database::on(postgres.url(), "restart");
    let mut cluster = Cluster::start(places(&scene, &database.url(), environment));
    let client = cluster.client();
    scene.begin(&client, Load::Light);
    scene.add_lone_jobs(&client, 6, Lone::Both);
    let (mut first, mut all) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        std::thread::sleep(Duration::from_millis(scene.chance.between(2_000, 6_000)));
        postgres.end(ENDS[usize::try_from(round).unwrap() % ENDS.len()]);
        // Mostly a restart; sometimes longer than an instance believes in its lease.
        let away = match scene.chance.between(0, 5) {
            0 => scene.chance.between(10_000, 16_000),
            _ => scene.chance.between(0, 4_000),
        };
        std::thread::sleep(Duration::from_millis(away));
        postgres.go();
        let began = now_us();
        first.push(scene.first_start(began));
        all.push(scene.all_fire(began));
    }
    scene.verdict.tell(format!(
        "{rounds} restarts; from the first answer of PostgreSQL to the next start: {}; until every job fires: {} (aim 5000)",
        spread(first),
        spread(all)
    ));
    scene.end(&client);
    for gone in cluster.gone() {
        scene.verdict.fault(format!("{gone} has ended by itself"));
    }
    let lost = database.number("SELECT COUNT(*) FROM instance WHERE status = 'lost'");
    scene
        .verdict
        .tell(format!("instances wrongly taken for dead: {lost} of 4"));
    if lost > 0 {
        scene
            .verdict
            .fault(format!("{lost} living instances were taken for dead"));
    }
    let verdict = std::mem::take(&mut scene.verdict);
    let said = cluster.said();
    drop(cluster);
    (verdict, scene.seed, said)
}
