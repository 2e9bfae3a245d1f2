//! An instance cut off from PostgreSQL while the others are not.

use std::time::Duration;

use orloj_witness::now_us;

use crate::cluster::{Cluster, places};
use crate::evidence::{Verdict, spread};
use crate::load::{Load, Lone};
use crate::proxy::{After, Network, Proxy};
use crate::scene::{Scene, rounds};
use crate::store::Database;

/// How the network fails, for how many seconds, and what becomes of its connections.
const PARTITIONS: [(Network, u64, After); 10] = [
    (Network::Black, 24, After::Kept),
    (Network::Reset, 8, After::Kept),
    (Network::RepliesLost, 24, After::Forgotten),
    (Network::RequestsLost, 21, After::Kept),
    (Network::Black, 11, After::Reset),
    (Network::Reset, 24, After::Kept),
    (Network::RepliesLost, 15, After::Kept),
    (Network::Black, 5, After::Forgotten),
    (Network::Black, 40, After::Forgotten),
    (Network::RequestsLost, 19, After::Reset),
];

#[test]
fn an_instance_is_cut_off_from_the_database() {
    let Some(database) = Database::make("partition") else {
        return;
    };
    let scene = Scene::new("partition from PostgreSQL");
    let (verdict, seed, said) = trial(scene, &database, 0, rounds(1), &[]);
    verdict.must_be_clean(seed, &said);
}

/// Cuts one of three instances off, beginning with the `first` kind of partition.
pub(crate) fn trial(
    mut scene: Scene,
    database: &Database,
    first: u64,
    rounds: u64,
    environment: &[(&str, &str)],
) -> (Verdict, u64, String) {
    let url = database.url();
    let (_, rest) = url.split_once('@').unwrap();
    let (target, name) = rest.split_once('/').unwrap();
    let proxy = Proxy::to(target.to_owned());
    let mut places = places(&scene, &url, environment);
    places[1].database_url = Some(format!("postgres://postgres@{}/{name}", proxy.address()));
    let mut cluster = Cluster::start(places);
    let client = cluster.client();
    scene.begin(&client, Load::Light);
    scene.add_lone_jobs(&client, 30, Lone::Both);
    let (mut took_over, mut came_back) = (Vec::new(), Vec::new());
    for round in 0..rounds {
        std::thread::sleep(Duration::from_millis(scene.chance.between(3_000, 5_000)));
        let (network, seconds, after) =
            PARTITIONS[usize::try_from(first + round).unwrap() % PARTITIONS.len()];
        let began = now_us();
        proxy.set(network);
        std::thread::sleep(Duration::from_secs(seconds));
        if seconds >= 24 {
            took_over.push(scene.all_fire(began));
        }
        proxy.heal(after);
        let healed = now_us();
        came_back.push(scene.all_fire(healed));
        // It schedules again: it has shards.
        let owners = "SELECT COUNT(DISTINCT owner) FROM shard WHERE owner IN \
                      (SELECT id FROM instance WHERE status = 'running')";
        let back =
            crate::evidence::wait(std::time::Instant::now() + Duration::from_secs(60), || {
                database.number(owners) == 3
            });
        if back {
            scene.verdict.tell(format!(
                "{network:?} for {seconds} s, connections {after:?}: schedules again after {} ms",
                (now_us() - healed) / 1_000
            ));
        } else {
            scene.verdict.fault(format!(
                "stuck: after {network:?} for {seconds} s the instance does not schedule again"
            ));
        }
    }
    scene.verdict.tell(format!(
        "{rounds} partitions; every job fires although one instance is cut off: {}; every job fires after it is whole: {}",
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
