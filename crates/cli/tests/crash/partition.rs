//! An instance cut off from PostgreSQL while the others are not.

use std::time::{Duration, Instant};

use orloj_witness::now_us;
use sqlx::Row;

use crate::cluster::{Cluster, places};
use crate::evidence::{Verdict, spread, wait};
use crate::load::{Load, Lone};
use crate::place::Place;
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

/// Puts a network that can fail between a process and the database.
fn behind_a_proxy(place: &mut Place, url: &str) -> Proxy {
    let (_, rest) = url.split_once('@').unwrap();
    let (target, name) = rest.split_once('/').unwrap();
    let proxy = Proxy::to(target.to_owned());
    place.database_url = Some(format!("postgres://postgres@{}/{name}", proxy.address()));
    proxy
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
    let mut places = places(&scene, &url, environment);
    let proxy = behind_a_proxy(&mut places[1], &url);
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
        let back = wait(Instant::now() + Duration::from_secs(60), || {
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

/// Runs on an instance that is cut off.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub(crate) seconds: u32,
    pub(crate) kinds: Lone,
}

/// These last for less than an instance that is cut off goes on for (12 s), so that they end while it cannot say so; long
/// enough for their repetition elsewhere to be under way when it can.
pub(crate) const END_MEANWHILE: Held = Held {
    seconds: 10,
    kinds: Lone::Both,
};

/// These would go on for longer than it takes others to begin them anew, if the instance did not stop them. No programs:
/// on one machine who takes over ends them.
pub(crate) const GO_ON: Held = Held {
    seconds: 60,
    kinds: Lone::Calls,
};

/// What an instance says when an end that it wrote was not its to write any more.
const REFUSED: &str = "with a stale fence changed nothing";

#[test]
fn an_end_that_comes_too_late_changes_nothing() {
    let Some(database) = Database::make("late") else {
        return;
    };
    let scene = Scene::new("ends that come too late, PostgreSQL");
    let (mut verdict, seed, said) = holder(scene, &database, rounds(1), END_MEANWHILE, &[]);
    let refused = said.matches(REFUSED).count();
    verdict.tell(format!(
        "ends that came too late and were refused: {refused}"
    ));
    if refused == 0 {
        verdict.fault("no end came too late: nothing was tested".to_owned());
    }
    verdict.must_be_clean(seed, &said);
}

#[test]
fn what_is_begun_anew_has_stopped_where_it_ran() {
    let Some(database) = Database::make("anew") else {
        return;
    };
    let scene = Scene::new("runs taken from an instance that is cut off, PostgreSQL");
    let (verdict, seed, said) = holder(scene, &database, rounds(1), GO_ON, &[]);
    verdict.must_be_clean(seed, &said);
}

/// Cuts off an instance that holds runs, until others have begun these runs anew.
pub(crate) fn holder(
    mut scene: Scene,
    database: &Database,
    rounds: u64,
    held: Held,
    environment: &[(&str, &str)],
) -> (Verdict, u64, String) {
    let url = database.url();
    let mut places = places(&scene, &url, environment);
    // Who runs something of use is not known before.
    let proxies: Vec<Proxy> = places[1..]
        .iter_mut()
        .map(|place| behind_a_proxy(place, &url))
        .collect();
    let mut cluster = Cluster::start(places);
    let client = cluster.client();
    scene.begin(&client, Load::Light);
    let again: Vec<String> = scene
        .add_lone_jobs(&client, held.seconds, held.kinds)
        .iter()
        .map(i64::to_string)
        .collect();
    let running = format!(
        "live WHERE state = 4 AND attempt = 1 AND job_id IN ({})",
        again.join(", ")
    );
    let mut repeated = Vec::new();
    for _ in 0..rounds {
        let patience = Instant::now() + Duration::from_secs(60);
        let most = format!(
            "SELECT COALESCE((SELECT instance_id FROM {running} GROUP BY instance_id ORDER BY COUNT(*) DESC LIMIT 1), 0)"
        );
        let mut holder = 0;
        if !wait(patience, || {
            holder = database.number(&most);
            holder > 0
        }) {
            scene
                .verdict
                .fault("stuck: nothing runs that could be taken over".to_owned());
            break;
        }
        let pid = database.number(&format!("SELECT pid FROM instance WHERE id = {holder}"));
        let victim = cluster.servers[1..]
            .iter()
            .position(|server| i64::from(server.as_ref().unwrap().pid()) == pid)
            .unwrap();
        proxies[victim].set(Network::Reset);
        let began = now_us();
        let held: Vec<String> = database
            .rows(&format!(
                "SELECT id FROM {running} AND instance_id = {holder}"
            ))
            .iter()
            .map(|row| row.get::<i64, _>(0).to_string())
            .collect();
        let anew = format!(
            "SELECT COUNT(*) FROM live WHERE state = 4 AND attempt = 2 AND id IN ({})",
            held.join(", ")
        );
        // What was said already when the network failed may still have arrived: these had ended then.
        let open = format!(
            "SELECT COUNT(*) FROM live WHERE id IN ({})",
            held.join(", ")
        );
        let patience = Instant::now() + Duration::from_secs(60);
        let is_over = held.is_empty()
            || wait(patience, || {
                database.number(&anew) > 0 || database.number(&open) == 0
            });
        if !is_over {
            scene
                .verdict
                .fault(format!("stuck: nobody has begun {held:?} anew"));
        }
        repeated.push(now_us() - began);
        // Time for both to run, if the first has not stopped.
        std::thread::sleep(Duration::from_secs(2));
        proxies[victim].heal(After::Kept);
        let healed = now_us();
        scene.all_fire(healed);
    }
    scene.verdict.tell(format!(
        "{rounds} instances cut off until others had begun anew what ran there: {}",
        spread(repeated)
    ));
    scene.end(&client);
    for gone in cluster.gone() {
        scene.verdict.fault(format!("{gone} has ended by itself"));
    }
    let verdict = std::mem::take(&mut scene.verdict);
    (verdict, scene.seed, cluster.said())
}
