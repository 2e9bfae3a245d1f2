//! Proof that the harness sees: rules broken on purpose, each of which a trial must notice.

use crate::clocks;
use crate::cluster;
use crate::killing;
use crate::partition;
use crate::place::Place;
use crate::scene::Scene;
use crate::store::Database;

/// Work is looked for first and taken after, whoever owns it.
#[test]
fn claim_without_fence_is_caught() {
    let Some(database) = Database::make("mutant_claim") else {
        return;
    };
    let mutant = "claim_without_fence";
    let (verdict, _, said) = cluster::trial(
        Scene::new(mutant),
        &database,
        2,
        &[("ORLOJ_MUTANT", mutant)],
    );
    verdict.must_be_caught(mutant, "double start", &said);
}

/// A run begins before it is recorded.
#[test]
fn run_before_commit_is_caught() {
    let mutant = "run_before_commit";
    let mut scene = Scene::new(mutant);
    let place = Place::on_sqlite(scene.home.path()).with("ORLOJ_MUTANT", mutant);
    let server = place.start();
    let token = place.token();
    scene.begin(&server.client(&token), crate::load::Load::Light);
    server.kill();
    // Between the run and its record.
    let mut dying = place
        .clone()
        .with("ORLOJ_FAILPOINT", "fire.before:3")
        .start();
    dying.wait();
    let server = place.start();
    let client = server.client(&token);
    scene.ask(&client);
    scene.end(&client);
    scene
        .verdict
        .must_be_caught(mutant, "unknown start", &place.said());
}

/// The answer leaves before what it says is durable.
#[test]
fn answer_before_commit_is_caught() {
    let mutant = "answer_before_commit";
    let scene = Scene::new(mutant);
    let place = Place::on_sqlite(scene.home.path()).with("ORLOJ_MUTANT", mutant);
    let (verdict, _) = killing::after_an_answer(scene, &place, 1);
    verdict.must_be_caught(mutant, "lost job", &place.said());
}

/// Who ended what is not asked.
#[test]
fn no_fence_in_finish_is_caught() {
    let Some(database) = Database::make("mutant_finish") else {
        return;
    };
    let mutant = "no_fence_in_finish";
    let (verdict, _, said) = partition::holder(
        Scene::new(mutant),
        &database,
        1,
        partition::END_MEANWHILE,
        &[("ORLOJ_MUTANT", mutant)],
    );
    verdict.must_be_caught(mutant, "stale end", &said);
}

/// An instance without a lease goes on.
#[test]
fn no_self_fence_is_caught() {
    let Some(database) = Database::make("mutant_fence") else {
        return;
    };
    let mutant = "no_self_fence";
    let (verdict, _, said) = partition::holder(
        Scene::new(mutant),
        &database,
        1,
        partition::GO_ON,
        &[("ORLOJ_MUTANT", mutant)],
    );
    verdict.must_be_caught(mutant, "overlap", &said);
}

/// Leases are judged by each machine's own clock.
#[test]
fn wall_clock_lease_is_caught() {
    let Some(faketime) = clocks::faketime() else {
        return;
    };
    let Some(database) = Database::make("mutant_clock") else {
        return;
    };
    let mutant = "wall_clock_lease";
    let (verdict, _, said) = clocks::one_of_three(
        Scene::new(mutant),
        &database,
        &faketime,
        1,
        35,
        &[("ORLOJ_MUTANT", mutant)],
    );
    verdict.must_be_caught(mutant, "were taken for dead", &said);
}
