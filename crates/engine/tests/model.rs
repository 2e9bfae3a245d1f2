//! The rule by which due instants are neither lost nor doubled, tried in every order of events.
//!
//! A small world: one shard with one job, two instances, an editor, a clock that runs ahead of nobody. Instances plan from
//! memory and commit later; in between anything may happen: an edit, a take-over (also of an instance that lives), a
//! crash, a commit whose answer is lost. The rule is the engine's: a fire transaction matches owner *and* version of the
//! shard and moves its watermark; an edit bumps the version and takes `effective_from = max(now, watermark)` from the same
//! row; what is due comes after `max(watermark, effective_from)`.
//!
//! The durable state is compared with a scheduler that has no concurrency at all: it fires at once whatever a moved
//! watermark passes. So an edit must lie wholly before or wholly after a fire. The search is exhaustive within its bounds.
//! The same search with the rule broken on purpose must find the fault: that shows that it can.

use std::collections::{HashMap, VecDeque};

/// Instants are 1 to `END`; a set of them is a bit mask.
const END: u8 = 3;
/// How far ahead of the clock instants are armed.
const LEAD: u8 = 1;
/// The schedules that the editor chooses from: every instant, or one of them.
const SCHEDULES: [u8; 2] = [0b1110, 0b0100];
const EDITS: u8 = 2;
const CRASHES: u8 = 1;
const LOST_ANSWERS: u8 = 1;
const TAKE_OVERS: u8 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Job {
    schedule: u8,
    effective_from: u8,
    /// Version of the shard at the last edit.
    edition: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Shard {
    owner: u8,
    version: u8,
    watermark: u8,
}

/// What an instance holds in memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Memory {
    version: u8,
    watermark: u8,
    job: Job,
}

/// What an instance has decided and not committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Plan {
    version: u8,
    until: u8,
    fires: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Instance {
    memory: Option<Memory>,
    plan: Option<Plan>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct World {
    now: u8,
    shard: Shard,
    job: Job,
    /// Fired once, and fired more than once.
    fired: u8,
    doubled: u8,
    instances: [Instance; 2],
    /// The clock as the editor read it, and what is to be written.
    editing: Option<(u8, usize, bool)>,
    edits: u8,
    crashes: u8,
    lost_answers: u8,
    take_overs: u8,
    /// What the scheduler without concurrency has fired.
    wanted: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Tick,
    Read(usize),
    Plan(usize),
    Commit(usize),
    /// The transaction commits, and the instance never hears of it.
    CommitUnheard(usize),
    /// The process dies and comes back, with nothing in its memory. That another takes over meanwhile is a step of its own.
    Crash(usize),
    TakeOver(usize),
    /// An edit begins: the clock is read. Into which schedule, and whether what is owed no longer counts.
    BeginEdit(usize, bool),
    CommitEdit,
}

/// How the rule can be broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Mutant {
    None,
    /// A fire transaction does not match the version.
    IgnoresVersion,
    /// A fire transaction does not match the owner.
    IgnoresOwner,
    /// The watermark is written by a transaction of its own, which a crash prevents.
    WatermarkLater,
    /// What is due comes after `effective_from`, whatever the watermark says.
    IgnoresWatermark,
    /// What is due comes after the watermark, whatever `effective_from` says.
    IgnoresEffectiveFrom,
    /// An edit does not bump the version.
    EditKeepsVersion,
    /// After a commit whose answer was lost, memory is believed instead of read anew.
    BelievesMemory,
    /// A take-over goes on from the watermark it remembers.
    RemembersWatermark,
    /// A plan that was refused counts as committed in memory.
    RefusedCounts,
}

fn between(after: u8, until: u8) -> u8 {
    (1..=END)
        .filter(|at| *at > after && *at <= until)
        .fold(0, |mask, at| mask | 1 << at)
}

fn start() -> World {
    let instance = Instance {
        memory: None,
        plan: None,
    };
    World {
        now: 0,
        shard: Shard {
            owner: 0,
            version: 1,
            watermark: 0,
        },
        job: Job {
            schedule: SCHEDULES[0],
            effective_from: 0,
            edition: 1,
        },
        fired: 0,
        doubled: 0,
        instances: [instance; 2],
        editing: None,
        edits: 0,
        crashes: 0,
        lost_answers: 0,
        take_overs: 0,
        wanted: 0,
    }
}

fn steps(world: &World) -> Vec<Step> {
    let mut steps = Vec::new();
    if world.now < END {
        steps.push(Step::Tick);
    }
    for (at, instance) in world.instances.iter().enumerate() {
        match (instance.memory, instance.plan) {
            (_, Some(_)) => {
                steps.push(Step::Commit(at));
                if world.lost_answers < LOST_ANSWERS {
                    steps.push(Step::CommitUnheard(at));
                }
            }
            (memory, None) => {
                if world.shard.owner as usize == at {
                    steps.push(Step::Read(at));
                } else if world.take_overs < TAKE_OVERS {
                    steps.push(Step::TakeOver(at));
                }
                if memory.is_some_and(|memory| memory.watermark < (world.now + LEAD).min(END)) {
                    steps.push(Step::Plan(at));
                }
            }
        }
        if world.crashes < CRASHES && (instance.memory.is_some() || instance.plan.is_some()) {
            steps.push(Step::Crash(at));
        }
    }
    match world.editing {
        Some(_) => steps.push(Step::CommitEdit),
        None if world.edits < EDITS => {
            for schedule in 0..SCHEDULES.len() {
                for from_now in [true, false] {
                    steps.push(Step::BeginEdit(schedule, from_now));
                }
            }
        }
        None => {}
    }
    steps
}

fn step(mut world: World, step: Step, mutant: Mutant) -> World {
    match step {
        Step::Tick => world.now += 1,
        Step::Read(at) => read(&mut world, at),
        Step::TakeOver(at) => {
            world.shard.owner = at as u8;
            world.take_overs += 1;
            let remembered = world.instances[at].memory.map(|memory| memory.watermark);
            read(&mut world, at);
            if let (Mutant::RemembersWatermark, Some(memory)) =
                (mutant, &mut world.instances[at].memory)
            {
                memory.watermark = remembered.unwrap_or(0);
            }
        }
        Step::Plan(at) => {
            let instance = &mut world.instances[at];
            if let Some(memory) = instance.memory {
                let until = (world.now + LEAD).min(END);
                let after = match mutant {
                    Mutant::IgnoresWatermark => memory.job.effective_from,
                    Mutant::IgnoresEffectiveFrom => memory.watermark,
                    _ => memory.watermark.max(memory.job.effective_from),
                };
                instance.plan = Some(Plan {
                    version: memory.version,
                    until,
                    fires: memory.job.schedule & between(after, until),
                });
            }
        }
        Step::Commit(at) => {
            let moved = commit(&mut world, at, mutant);
            let plan = world.instances[at].plan.take();
            match (plan, &mut world.instances[at].memory) {
                (Some(plan), Some(memory)) if moved || mutant == Mutant::RefusedCounts => {
                    memory.watermark = memory.watermark.max(plan.until);
                }
                // A shard that did not move was edited or is lost: it is read again before anything else.
                (_, memory) => *memory = None,
            }
        }
        Step::CommitUnheard(at) => {
            world.lost_answers += 1;
            commit(&mut world, at, mutant);
            world.instances[at].plan = None;
            if mutant != Mutant::BelievesMemory {
                world.instances[at].memory = None;
            }
        }
        Step::Crash(at) => {
            world.crashes += 1;
            world.instances[at] = Instance {
                memory: None,
                plan: None,
            };
        }
        Step::BeginEdit(schedule, from_now) => {
            world.edits += 1;
            world.editing = Some((world.now, schedule, from_now));
        }
        Step::CommitEdit => {
            if let Some((now, schedule, from_now)) = world.editing.take() {
                if mutant != Mutant::EditKeepsVersion {
                    world.shard.version += 1;
                }
                world.job.edition = world.shard.version;
                world.job.schedule = SCHEDULES[schedule];
                if from_now {
                    world.job.effective_from = now.max(world.shard.watermark);
                }
            }
        }
    }
    world
}

fn read(world: &mut World, at: usize) {
    world.instances[at].memory = Some(Memory {
        version: world.shard.version,
        watermark: world.shard.watermark,
        job: world.job,
    });
}

/// The fire transaction: all of it or nothing. Answers whether the shard moved.
fn commit(world: &mut World, at: usize, mutant: Mutant) -> bool {
    let Some(plan) = world.instances[at].plan else {
        return false;
    };
    let is_owner = world.shard.owner as usize == at || mutant == Mutant::IgnoresOwner;
    let is_current = world.shard.version == plan.version || mutant == Mutant::IgnoresVersion;
    if !is_owner || !is_current {
        return false;
    }
    let before = world.shard.watermark;
    world.doubled |= world.fired & plan.fires;
    world.fired |= plan.fires;
    let writes_watermark = mutant != Mutant::WatermarkLater || world.crashes == 0;
    if writes_watermark {
        world.shard.watermark = before.max(plan.until);
    }
    let after = before.max(world.job.effective_from);
    world.wanted |= world.job.schedule & between(after, world.shard.watermark.max(plan.until));
    true
}

fn fault(world: &World) -> Option<String> {
    if world.doubled != 0 {
        return Some(format!("fired twice: {:05b}", world.doubled));
    }
    (world.fired != world.wanted)
        .then(|| format!("fired {:05b} instead of {:05b}", world.fired, world.wanted))
}

/// From here on nothing goes wrong any more: whoever owns the shard brings it to the end.
fn finished(mut world: World, mutant: Mutant) -> World {
    world.now = END;
    for instance in &mut world.instances {
        instance.plan = None;
    }
    let owner = world.shard.owner as usize;
    if world.instances[owner].memory.is_none() {
        read(&mut world, owner);
    }
    for _ in 0..4 {
        if world.instances[owner].memory.is_none() {
            read(&mut world, owner);
        }
        world = step(world, Step::Plan(owner), mutant);
        world = step(world, Step::Commit(owner), mutant);
    }
    world
}

/// Tries every order of events; answers how many states there are, or the way to the first fault.
fn search(mutant: Mutant) -> Result<usize, (String, Vec<Step>)> {
    let begin = start();
    let mut from: HashMap<World, Option<(World, Step)>> = HashMap::from([(begin, None)]);
    let mut next = VecDeque::from([begin]);
    let way = |from: &HashMap<World, Option<(World, Step)>>, end: World| {
        let mut way = Vec::new();
        let mut at = end;
        while let Some(Some((earlier, step))) = from.get(&at) {
            way.push(*step);
            at = *earlier;
        }
        way.reverse();
        way
    };
    while let Some(world) = next.pop_front() {
        if let Some(fault) = fault(&world) {
            return Err((fault, way(&from, world)));
        }
        let end = finished(world, mutant);
        if let Some(fault) = fault(&end) {
            return Err((format!("at the end: {fault}"), way(&from, world)));
        }
        if end.shard.watermark != END {
            return Err((
                "the shard does not come to its end".to_owned(),
                way(&from, world),
            ));
        }
        for step_taken in steps(&world) {
            let reached = step(world, step_taken, mutant);
            from.entry(reached).or_insert_with(|| {
                next.push_back(reached);
                Some((world, step_taken))
            });
        }
    }
    Ok(from.len())
}

#[test]
fn no_order_of_events_loses_or_doubles_an_instant() {
    match search(Mutant::None) {
        // The bounds must leave room for the cases that matter.
        Ok(states) => assert!(states > 50_000, "{states} states"),
        Err((fault, way)) => panic!("{fault} after {way:?}"),
    }
}

#[test]
fn every_way_of_breaking_the_rule_is_found() {
    for mutant in [
        Mutant::IgnoresVersion,
        Mutant::IgnoresOwner,
        Mutant::WatermarkLater,
        Mutant::IgnoresWatermark,
        Mutant::IgnoresEffectiveFrom,
        Mutant::EditKeepsVersion,
        Mutant::BelievesMemory,
        Mutant::RemembersWatermark,
        Mutant::RefusedCounts,
    ] {
        let found = search(mutant);
        assert!(found.is_err(), "{mutant:?} is not found");
    }
}
