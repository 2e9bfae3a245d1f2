//! Several processes on one PostgreSQL: some are killed, the others go on.

use std::time::{Duration, Instant};

use orloj_witness::now_us;

use crate::client::Client;
use crate::evidence::{Verdict, spread, wait};
use crate::load::{Load, Lone};
use crate::place::{Part, Place, Server};
use crate::scene::{Scene, rounds};
use crate::store::Database;

/// How long orphans are waited for.
const PATIENCE: Duration = Duration::from_secs(60);

/// Processes of one installation: the first answers only and is never hurt, the others schedule.
pub(crate) struct Cluster {
    places: Vec<Place>,
    pub(crate) servers: Vec<Option<Server>>,
    token: String,
}

impl Cluster {
    /// Starts `orloj serve --no-scheduler` and beside it these.
    pub(crate) fn start(places: Vec<Place>) -> Self {
        let mut servers = vec![Some(places[0].start())];
        let token = places[0].token();
        servers.extend(places[1..].iter().map(|place| Some(place.start())));
        Self {
            places,
            servers,
            token,
        }
    }

    /// A client of the process that is never hurt.
    pub(crate) fn client(&self) -> Client {
        self.servers[0].as_ref().unwrap().client(&self.token)
    }

    /// Starts again what was killed.
    pub(crate) fn restart(&mut self, at: usize) {
        self.servers[at] = Some(self.places[at].start());
    }

    /// What all of them said.
    pub(crate) fn said(&self) -> String {
        self.places.iter().map(Place::said).collect()
    }

    /// Those that have ended by themselves.
    pub(crate) fn gone(&mut self) -> Vec<String> {
        let mut gone = Vec::new();
        for (place, server) in self.places.iter().zip(&mut self.servers) {
            if let Some(server) = server
                && !server.is_alive()
            {
                gone.push(place.name.clone());
            }
        }
        gone
    }
}

#[test]
fn one_or_two_of_three_instances_killed_on_postgres() {
    let Some(database) = Database::make("cluster") else {
        return;
    };
    let scene = Scene::new("kill -9 of 1 or 2 of 3, PostgreSQL");
    let (verdict, seed, said) = trial(scene, &database, rounds(2), &[]);
    verdict.must_be_clean(seed, &said);
}

/// Three instances that schedule and one that only answers.
pub(crate) fn places(scene: &Scene, url: &str, environment: &[(&str, &str)]) -> Vec<Place> {
    [
        ("answers", Part::Answer),
        ("serves-a", Part::Serve),
        ("schedules", Part::Schedule),
        ("serves-b", Part::Serve),
    ]
    .into_iter()
    .map(|(name, part)| {
        let place = Place::on_postgres(scene.home.path(), name, part, url);
        environment.iter().fold(place, |place, (variable, value)| {
            place.with(variable, value)
        })
    })
    .collect()
}

/// Kills one or two of three, lets the others go on, and starts them again.
pub(crate) fn trial(
    mut scene: Scene,
    database: &Database,
    rounds: u64,
    environment: &[(&str, &str)],
) -> (Verdict, u64, String) {
    let mut cluster = Cluster::start(places(&scene, &database.url(), environment));
    let client = cluster.client();
    scene.begin(&client, Load::Light);
    scene.add_lone_jobs(&client, 4, Lone::Both);
    let (mut gaps, mut takeovers, mut settled) = (Vec::new(), Vec::new(), Vec::new());
    let (mut kills, mut orphans) = (0, 0);
    for _ in 0..rounds {
        std::thread::sleep(Duration::from_millis(scene.chance.between(500, 5_000)));
        let first = 1 + usize::try_from(scene.chance.between(0, 2)).unwrap();
        let mut victims = vec![first];
        if scene.chance.between(0, 1) == 1 {
            victims.push(1 + first % 3);
        }
        let mut pids = Vec::new();
        let began = now_us();
        for victim in &victims {
            let server = cluster.servers[*victim].take().unwrap();
            pids.push(server.pid().to_string());
            server.kill();
            kills += 1;
        }
        let held = format!(
            "SELECT COUNT(*) FROM live l JOIN instance i ON i.id = l.instance_id WHERE i.pid IN ({})",
            pids.join(", ")
        );
        let left = database.number(&held);
        orphans += left;
        gaps.push(scene.first_start(began));
        if !wait(Instant::now() + PATIENCE, || database.number(&held) == 0) {
            scene
                .verdict
                .fault("stuck: orphaned executions were not settled".to_owned());
        }
        if left > 0 {
            settled.push(now_us() - began);
        }
        takeovers.push(scene.all_fire(began));
        for victim in victims {
            cluster.restart(victim);
        }
        // They take their share again, and work is spread anew.
        let restarted = now_us();
        scene.all_fire(restarted);
    }
    scene.verdict.tell(format!(
        "{rounds} rounds, {kills} kills; next start by any other: {}; every job fires again: {}; {orphans} orphans, settled: {} (aim 30000)",
        spread(gaps),
        spread(takeovers),
        spread(settled)
    ));
    scene.end(&client);
    for gone in cluster.gone() {
        scene.verdict.fault(format!("{gone} has ended by itself"));
    }
    let verdict = std::mem::take(&mut scene.verdict);
    (verdict, scene.seed, cluster.said())
}
