//! An instance that stands still: stopped by a signal, as a machine that is paused would be.

use std::time::Duration;

use nix::sys::signal::Signal;
use orloj_witness::now_us;

use crate::cluster::{Cluster, places};
use crate::evidence::{Verdict, spread};
use crate::load::{Load, Lone};
use crate::scene::{Scene, rounds};
use crate::store::Database;

/// Seconds to stand still: around what an instance allows itself (12) and what others grant it (20).
const STANDSTILLS: [u64; 5] = [21, 15, 25, 10, 19];

#[test]
fn an_instance_stands_still_around_its_lease() {
    let Some(database) = Database::make("still") else {
        return;
    };
    let scene = Scene::new("SIGSTOP around the lease, PostgreSQL");
    let (verdict, seed, said) = trial(scene, &database, 0, rounds(1), &[]);
    verdict.must_be_clean(seed, &said);
}

/// Stops an instance, lets it go on, and sees what it does, beginning with the `first` length.
pub(crate) fn trial(
    mut scene: Scene,
    database: &Database,
    first: u64,
    rounds: u64,
    environment: &[(&str, &str)],
) -> (Verdict, u64, String) {
    let mut cluster = Cluster::start(places(&scene, &database.url(), environment));
    let client = cluster.client();
    scene.begin(&client, Load::Light);
    // Longer than the standstills, so that there is always a run that somebody could begin a second time.
    scene.add_lone_jobs(&client, 28, Lone::Scripts);
    let (mut took_over, mut came_back) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        std::thread::sleep(Duration::from_millis(scene.chance.between(2_000, 4_000)));
        let seconds = STANDSTILLS[usize::try_from(first + round).unwrap() % STANDSTILLS.len()];
        let victim = 1 + usize::try_from(scene.chance.between(0, 2)).unwrap();
        cluster.servers[victim]
            .as_ref()
            .unwrap()
            .signal(Signal::SIGSTOP);
        let began = now_us();
        std::thread::sleep(Duration::from_secs(seconds));
        if seconds > 22 {
            // Long enough for others to have taken over what it had.
            took_over.push(scene.all_fire(began));
        }
        cluster.servers[victim]
            .as_ref()
            .unwrap()
            .signal(Signal::SIGCONT);
        let woke = now_us();
        came_back.push(scene.all_fire(woke));
    }
    scene.verdict.tell(format!(
        "{rounds} standstills of {STANDSTILLS:?} s in turn; every job fires although it stands still: {}; every job fires after it goes on: {}",
        spread(took_over),
        spread(came_back)
    ));
    scene.end(&client);
    for gone in cluster.gone() {
        scene.verdict.fault(format!("{gone} has ended by itself"));
    }
    let verdict = std::mem::take(&mut scene.verdict);
    (verdict, scene.seed, cluster.said())
}
