//! Wall clocks that are set, forwards and backwards, while everything runs.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use orloj_witness::now_us;

use crate::cluster::{Cluster, places};
use crate::evidence::Verdict;
use crate::load::{Load, Lone};
use crate::place::Place;
use crate::scene::{Scene, rounds};
use crate::store::Database;

/// Seconds by which the clock is wrong, one after the other.
const STEPS: [i64; 8] = [3, 0, -4, 0, 20, -1, 0, 0];
/// The same, further than one waits for: an hour ahead, and back.
const GREAT_STEPS: [i64; 8] = [3_600, 0, 90_000, -61, 0, 315_360_000, 0, 0];
/// Longer than the longest way back from the right time.
const A_MINUTE_AND_MORE: Duration = Duration::from_secs(65);

#[test]
fn the_clock_is_set_both_ways_on_sqlite() {
    let Some(faketime) = faketime() else { return };
    let scene = Scene::new("clock set both ways, SQLite");
    // Eight steps are a round.
    let (verdict, seed, said) = alone(scene, &faketime, rounds(1));
    verdict.must_be_clean(seed, &said);
}

#[test]
fn one_of_three_clocks_is_set_on_postgres() {
    let Some(faketime) = faketime() else { return };
    let Some(database) = Database::make("clock") else {
        return;
    };
    let scene = Scene::new("one of three clocks set, PostgreSQL");
    let (verdict, seed, said) = one_of_three(scene, &database, &faketime, rounds(3), 5, &[]);
    verdict.must_be_clean(seed, &said);
}

/// A file that says by how much a process's wall clock is wrong.
struct Watch(PathBuf);

impl Watch {
    fn new(home: &Path) -> Self {
        let watch = Self(home.join("offset"));
        watch.set(0);
        watch
    }

    fn set(&self, seconds: i64) {
        // Replaced in one step: a half-written offset would be another fault than the one meant.
        let draft = self.0.with_extension("draft");
        std::fs::write(&draft, format!("{seconds:+}\n")).unwrap();
        std::fs::rename(&draft, &self.0).unwrap();
    }

    /// The place whose process looks at this watch.
    fn worn_by(&self, place: Place, library: &Path) -> Place {
        place
            .with("LD_PRELOAD", &library.display().to_string())
            .with("FAKETIME_TIMESTAMP_FILE", &self.0.display().to_string())
            .with("FAKETIME_NO_CACHE", "1")
            .with("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            .with("DONT_FAKE_MONOTONIC", "1")
    }
}

/// The library that lies about the time; `None` when it is not installed (`cargo xtask test` installs it).
pub(crate) fn faketime() -> Option<PathBuf> {
    let found = std::fs::read_dir("/usr/lib")
        .into_iter()
        .flatten()
        .flatten()
        .map(|entry| entry.path().join("faketime/libfaketimeMT.so.1"))
        .find(|library| library.is_file());
    if found.is_none() {
        assert!(
            std::env::var_os("CI").is_none(),
            "libfaketime is not installed; `cargo xtask test` installs it"
        );
        println!("skipped: libfaketime is not installed");
    }
    found
}

/// One server whose clock is set.
fn alone(mut scene: Scene, library: &Path, rounds: u64) -> (Verdict, u64, String) {
    let watch = Watch::new(scene.home.path());
    let place = watch.worn_by(Place::on_sqlite(scene.home.path()), library);
    let server = place.start();
    let client = server.client(&place.token());
    scene.begin(&client, Load::Light);
    let begun = Instant::now();
    for round in 0..rounds {
        let steps = if round % 2 == 0 { STEPS } else { GREAT_STEPS };
        if steps == GREAT_STEPS {
            // A job younger than the minute over which the clock goes back counts from where it goes back to.
            std::thread::sleep(A_MINUTE_AND_MORE.saturating_sub(begun.elapsed()));
        }
        for seconds in steps {
            watch.set(seconds);
            scene.clock_is_wrong_by(seconds);
            std::thread::sleep(Duration::from_millis(scene.chance.between(2_000, 4_000)));
        }
        let began = now_us();
        let time = scene.all_fire(began);
        scene.verdict.tell(format!(
            "clock wrong by {steps:?} s in turn, then right: every job fires again after {} ms",
            time / 1_000
        ));
    }
    scene.end(&client);
    let verdict = std::mem::take(&mut scene.verdict);
    (verdict, scene.seed, place.said())
}

/// One of three instances has a clock of its own opinion; what counts is the database's.
pub(crate) fn one_of_three(
    mut scene: Scene,
    database: &Database,
    library: &Path,
    rounds: u64,
    seconds: u64,
    environment: &[(&str, &str)],
) -> (Verdict, u64, String) {
    let watch = Watch::new(scene.home.path());
    let mut places = places(&scene, &database.url(), environment);
    places[1] = watch.worn_by(places[1].clone(), library);
    let mut cluster = Cluster::start(places);
    let client = cluster.client();
    scene.begin(&client, Load::Light);
    scene.add_lone_jobs(&client, 4, Lone::Both);
    for round in 0..rounds {
        let step = [61, -61, 3_600, -1, 0][usize::try_from(round).unwrap() % 5];
        watch.set(step);
        std::thread::sleep(Duration::from_secs(seconds));
        let began = now_us();
        scene.all_fire(began);
    }
    let lost = database.number("SELECT COUNT(*) FROM instance WHERE status = 'lost'");
    scene.verdict.tell(format!(
        "{rounds} steps of one clock; instances wrongly taken for dead: {lost} of 4"
    ));
    if lost > 0 {
        scene
            .verdict
            .fault(format!("{lost} living instances were taken for dead"));
    }
    watch.set(0);
    scene.end(&client);
    for gone in cluster.gone() {
        scene.verdict.fault(format!("{gone} has ended by itself"));
    }
    let verdict = std::mem::take(&mut scene.verdict);
    (verdict, scene.seed, cluster.said())
}
