//! Which devices begin next, which wait no longer, and when a roll-out is halted. Pure.

use crate::model::{OrderOutcome, OrderState};

/// Where one device of a roll-out stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// Its order.
    pub id: i64,
    /// Batch, from 1.
    pub batch: u32,
    pub state: OrderState,
    pub is_success: bool,
    /// Connected.
    pub is_online: bool,
    pub in_maintenance: bool,
    /// Revoked, suspended or removed.
    pub is_gone: bool,
    /// Whether its order waits for it when it is not there.
    pub waits: bool,
    /// Not begun later than this, once it is queued.
    pub expires_at: Option<i64>,
    /// When it counts as lost, once it was sent.
    pub give_up_at: Option<i64>,
}

/// How a roll-out goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Devices at work at the same time, at most.
    pub parallel: Option<u32>,
    /// Halted once so many per cent of the devices of the batches begun did not succeed.
    pub halt_at_failed_percent: Option<u32>,
}

/// What follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Next {
    /// Orders to be queued.
    pub queue: Vec<i64>,
    /// Orders that end here: the state they must be in, how, and why.
    pub end: Vec<(i64, OrderState, OrderOutcome, &'static str)>,
    /// Whether no further device begins because too many failed.
    pub is_halted: bool,
    /// When to look again, if nothing else happens.
    pub look_at: Option<i64>,
    /// Whether every device has ended, also those that end here.
    pub is_over: bool,
}

/// Batch of each of `count` devices by per cent that grow to 100: `[10, 50, 100]`. Each batch has at least one device
/// as long as there are any.
pub(crate) fn batches(count: usize, percents: &[u32]) -> Vec<u32> {
    let mut batches = Vec::with_capacity(count);
    for (number, percent) in (1..).zip(percents) {
        let until = (count * *percent as usize).div_ceil(100).min(count);
        while batches.len() < until {
            batches.push(number);
        }
    }
    let last = u32::try_from(percents.len()).unwrap_or(u32::MAX).max(1);
    batches.resize(count, last);
    batches
}

/// Decides what follows at `now`.
pub(crate) fn next(places: &[Place], plan: Plan, now: i64) -> Next {
    let mut next = Next::default();
    let mut places = places.to_vec();
    for place in &mut places {
        if let Some((outcome, reason)) = over(place, now) {
            next.end.push((place.id, place.state, outcome, reason));
            place.state = OrderState::Ended;
            place.is_success = false;
        }
    }
    let mut batch = places
        .iter()
        .filter(|place| place.state != OrderState::Planned)
        .map(|place| place.batch)
        .max()
        .unwrap_or(0);
    let last = places.iter().map(|place| place.batch).max().unwrap_or(0);
    // A batch is over when nobody of it is at work; who is not there does not hold up the others.
    while batch < last
        && places
            .iter()
            .filter(|place| place.batch <= batch)
            .all(|place| place.state != OrderState::Planned && !is_at_work(place))
        && !is_halted(&places, batch, plan)
    {
        batch += 1;
    }
    next.is_halted = is_halted(&places, batch, plan);
    let room = match plan.parallel {
        Some(most) => {
            (most as usize).saturating_sub(places.iter().filter(|p| is_at_work(p)).count())
        }
        None => usize::MAX,
    };
    let mut taken = 0;
    for place in &mut places {
        if place.state != OrderState::Planned {
            continue;
        }
        if next.is_halted {
            next.end.push((
                place.id,
                OrderState::Planned,
                OrderOutcome::Cancelled,
                "halted",
            ));
            place.state = OrderState::Ended;
        } else if place.batch <= batch && taken < room {
            next.queue.push(place.id);
            // Who is not there does no work that others would have to wait for.
            taken += usize::from(place.is_online);
        }
    }
    next.look_at = places.iter().filter_map(deadline).min();
    next.is_over = places.iter().all(|place| place.state == OrderState::Ended);
    next
}

/// Why an order ends here, if so.
fn over(place: &Place, now: i64) -> Option<(OrderOutcome, &'static str)> {
    match place.state {
        OrderState::Queued if place.is_gone && !place.waits => {
            Some((OrderOutcome::Unreached, "not_admitted"))
        }
        OrderState::Queued if place.in_maintenance && !place.waits => {
            Some((OrderOutcome::Unreached, "maintenance"))
        }
        OrderState::Queued if !place.is_online && !place.waits => {
            Some((OrderOutcome::Unreached, "offline"))
        }
        OrderState::Queued if place.expires_at.is_some_and(|at| at <= now) => {
            Some((OrderOutcome::Unreached, "deadline"))
        }
        OrderState::Sent | OrderState::Accepted | OrderState::Started
            if place.give_up_at.is_some_and(|at| at <= now) =>
        {
            Some((OrderOutcome::Lost, "no_answer"))
        }
        _ => None,
    }
}

fn deadline(place: &Place) -> Option<i64> {
    match place.state {
        OrderState::Queued => place.expires_at,
        OrderState::Sent | OrderState::Accepted | OrderState::Started => place.give_up_at,
        OrderState::Planned | OrderState::Ended => None,
    }
}

fn is_at_work(place: &Place) -> bool {
    match place.state {
        OrderState::Queued => place.is_online && !place.in_maintenance,
        OrderState::Sent | OrderState::Accepted | OrderState::Started => true,
        OrderState::Planned | OrderState::Ended => false,
    }
}

fn is_halted(places: &[Place], batch: u32, plan: Plan) -> bool {
    let Some(percent) = plan.halt_at_failed_percent else {
        return false;
    };
    let begun = places.iter().filter(|place| place.batch <= batch);
    let (mut all, mut failed) = (0_u64, 0_u64);
    for place in begun {
        all += 1;
        failed += u64::from(place.state == OrderState::Ended && !place.is_success);
    }
    failed > 0 && failed * 100 >= u64::from(percent) * all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn places(batches: &[u32]) -> Vec<Place> {
        (1..)
            .zip(batches)
            .map(|(id, batch)| Place {
                id,
                batch: *batch,
                state: OrderState::Planned,
                is_success: false,
                is_online: true,
                in_maintenance: false,
                is_gone: false,
                waits: false,
                expires_at: None,
                give_up_at: None,
            })
            .collect()
    }

    fn end(place: &mut Place, is_success: bool) {
        place.state = OrderState::Ended;
        place.is_success = is_success;
    }

    #[test]
    fn per_cents_become_batches_with_at_least_one_device() {
        assert_eq!(batches(10, &[10, 50, 100]), [1, 2, 2, 2, 2, 3, 3, 3, 3, 3]);
        assert_eq!(batches(2, &[10, 50, 100]), [1, 3]);
        assert_eq!(batches(3, &[]), [1, 1, 1]);
        assert!(batches(0, &[10, 100]).is_empty());
    }

    #[test]
    fn without_a_plan_all_begin_at_once() {
        assert_eq!(
            next(&places(&[1, 1, 1]), Plan::default(), 0).queue,
            [1, 2, 3]
        );
    }

    #[test]
    fn no_more_than_wanted_work_at_the_same_time() {
        let plan = Plan {
            parallel: Some(2),
            ..Plan::default()
        };
        let mut all = places(&[1, 1, 1, 1]);
        assert_eq!(next(&all, plan, 0).queue, [1, 2]);
        all[0].state = OrderState::Started;
        all[1].state = OrderState::Queued;
        assert!(next(&all, plan, 0).queue.is_empty());
        end(&mut all[0], false);
        assert_eq!(next(&all, plan, 0).queue, [3]);
    }

    #[test]
    fn who_is_not_there_takes_no_room_and_holds_up_no_batch() {
        let plan = Plan {
            parallel: Some(1),
            ..Plan::default()
        };
        let mut all = places(&[1, 1, 2]);
        for place in &mut all {
            place.waits = true;
        }
        all[0].is_online = false;
        assert_eq!(next(&all, plan, 0).queue, [1, 2]);
        all[0].state = OrderState::Queued;
        all[0].expires_at = Some(100);
        end(&mut all[1], true);
        let after = next(&all, plan, 0);
        assert_eq!(
            (after.queue, after.look_at, after.is_over),
            (vec![3], Some(100), false)
        );
        assert_eq!(
            next(&all, plan, 100).end,
            [(1, OrderState::Queued, OrderOutcome::Unreached, "deadline")]
        );
    }

    #[test]
    fn a_batch_begins_when_the_one_before_has_ended() {
        let mut all = places(&[1, 2, 2]);
        assert_eq!(next(&all, Plan::default(), 0).queue, [1]);
        all[0].state = OrderState::Accepted;
        assert!(next(&all, Plan::default(), 0).queue.is_empty());
        end(&mut all[0], false);
        assert_eq!(next(&all, Plan::default(), 0).queue, [2, 3]);
    }

    #[test]
    fn too_many_failures_halt_what_has_not_begun() {
        let plan = Plan {
            halt_at_failed_percent: Some(50),
            ..Plan::default()
        };
        let mut all = places(&[1, 1, 2, 2]);
        end(&mut all[0], false);
        all[1].state = OrderState::Started;
        let after = next(&all, plan, 0);
        assert!(after.is_halted && !after.is_over);
        assert_eq!(
            after.end,
            [
                (3, OrderState::Planned, OrderOutcome::Cancelled, "halted"),
                (4, OrderState::Planned, OrderOutcome::Cancelled, "halted"),
            ]
        );
        // One of two batches went well enough: one failure in four is not a half.
        let mut all = places(&[1, 1, 2, 2]);
        all.iter_mut().for_each(|place| end(place, true));
        all[3].is_success = false;
        assert!(!next(&all, plan, 0).is_halted);
    }

    #[test]
    fn who_is_not_there_is_not_waited_for_unless_that_is_wanted() {
        let mut all = places(&[1, 1, 1, 1]);
        for place in &mut all {
            place.state = OrderState::Queued;
            place.expires_at = Some(10);
        }
        all[0].is_online = false;
        all[1].in_maintenance = true;
        all[2].is_gone = true;
        let after = next(&all, Plan::default(), 0);
        let words: Vec<_> = after
            .end
            .iter()
            .map(|(id, _, _, why)| (*id, *why))
            .collect();
        assert_eq!(
            words,
            [(1, "offline"), (2, "maintenance"), (3, "not_admitted")]
        );
        assert_eq!(after.look_at, Some(10));
    }

    #[test]
    fn silence_ends_as_lost() {
        let mut all = places(&[1]);
        all[0].state = OrderState::Started;
        all[0].is_online = false;
        all[0].give_up_at = Some(50);
        assert!(next(&all, Plan::default(), 49).end.is_empty());
        let after = next(&all, Plan::default(), 50);
        assert_eq!(
            after.end,
            [(1, OrderState::Started, OrderOutcome::Lost, "no_answer")]
        );
        assert!(after.is_over);
    }
}
