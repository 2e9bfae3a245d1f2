//! Jobs under calendars and execution windows: what the ledger says, and what becomes of it when a calendar changes.

#![expect(
    clippy::unwrap_used,
    reason = "scenarios and what they share are test code, outside the functions marked as tests"
)]

mod support;

use jiff::Timestamp;
use orloj_engine::model::{
    CalendarImport, CalendarQuestion, CalendarUse, Change, Delivery, Disposition, Fire, JobDraft,
    NewWorkCalendar, Page, Role, Settings, Sharing, WorkCalendar, WorkCalendarPatch,
};
use orloj_engine::{Caller, Kind};
use orloj_schedule::{
    CalendarEntry, CalendarRule, CalendarSpec, EntryKind, ExecutionWindow, OutsideWindows,
    RuleSpec, Spec, Weekday, When,
};
use serde_json::json;
use support::{Lab, both};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

fn daily(time: &str) -> Spec {
    Spec::new(RuleSpec::Daily {
        times: vec![time.parse().unwrap()],
    })
}

fn draft(schedule: Spec, tune: impl FnOnce(&mut Settings)) -> JobDraft {
    let mut settings = Settings::with_delivery(Delivery::AtMostOnce);
    tune(&mut settings);
    JobDraft {
        task_function: "probe".to_owned(),
        name_en: Some("Probe".to_owned()),
        name_ar: None,
        description_en: None,
        description_ar: None,
        schedule,
        parameters: json!({}),
        settings,
        tags: Vec::new(),
        is_enabled: true,
        is_primary: false,
    }
}

fn under(schedule: Spec, calendar: &WorkCalendar, rule: CalendarRule) -> JobDraft {
    draft(schedule, |settings| {
        settings.calendars = vec![CalendarUse {
            calendar_id: calendar.id,
            rule,
        }];
    })
}

fn holiday(name: &str, day: &str) -> CalendarEntry {
    CalendarEntry {
        name: name.to_owned(),
        name_ar: None,
        kind: EntryKind::Holiday,
        when: When::Dates {
            from: day.parse().unwrap(),
            to: None,
        },
    }
}

fn new_calendar(name: &str, entries: Vec<CalendarEntry>) -> NewWorkCalendar {
    NewWorkCalendar {
        owner_id: None,
        name_en: name.to_owned(),
        name_ar: None,
        description: None,
        spec: CalendarSpec {
            timezone: "UTC".to_owned(),
            weekend: vec![Weekday::Saturday, Weekday::Sunday],
            entries,
        },
        sharing: Sharing::default(),
    }
}

async fn calendar(caller: &Caller, name: &str, entries: Vec<CalendarEntry>) -> WorkCalendar {
    caller
        .create_calendar(new_calendar(name, entries))
        .await
        .unwrap()
}

async fn ledger(caller: &Caller, job: i64) -> Vec<Fire> {
    let page = Page {
        number: 1,
        size: 1_000,
    };
    let mut fires = caller
        .fires(job, None, None, Vec::new(), page)
        .await
        .unwrap()
        .items;
    fires.reverse();
    fires
}

/// Instant, disposition, reason and detail of each line, oldest first.
async fn lines(caller: &Caller, job: i64) -> Vec<String> {
    ledger(caller, job)
        .await
        .into_iter()
        .map(|fire| {
            let until = fire.until.map(|until| format!("..{until}"));
            format!(
                "{}{} {} {} {}",
                fire.due_at,
                until.unwrap_or_default(),
                fire.disposition.word(),
                fire.reason.as_deref().unwrap_or("-"),
                fire.detail.as_deref().unwrap_or("-"),
            )
        })
        .collect()
}

async fn started(lab: &Lab) -> Caller {
    lab.engine.start().await.unwrap();
    lab.engine.settle().await;
    lab.system()
}

/// Lets time pass in steps, so that nothing is late.
async fn pass(lab: &Lab, seconds: i64, step: i64) {
    let mut left = seconds;
    while left > 0 {
        let now = left.min(step);
        lab.advance(now);
        left -= now;
        lab.engine.settle().await;
        lab.engine.settle().await;
    }
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn starts(lab: &Lab, job: i64) -> Vec<String> {
    lab.probe
        .starts_of(job)
        .into_iter()
        .map(|start| start.scheduled_at.to_string())
        .collect()
}

// Every scenario begins on Monday, 2 March 2026, at 10:00 UTC.
both! {
    async fn a_holiday_is_skipped_and_the_ledger_names_it(lab) {
        let caller = started(lab).await;
        let holidays = calendar(&caller, "Office", vec![holiday("Founders", "2026-03-03")]).await;
        let job = caller.create_job(under(daily("12:00"), &holidays, CalendarRule::Skip)).await.unwrap();
        assert_eq!(job.next_run_at, Some(at("2026-03-02T12:00:00Z")));
        let job = job.job.id;
        pass(lab, 2 * HOUR, HOUR).await;
        let next = caller.job(job).await.unwrap().next_run_at;
        assert_eq!(next, Some(at("2026-03-04T12:00:00Z")), "the holiday is passed over");
        pass(lab, 2 * DAY, HOUR).await;
        assert_eq!(lines(&caller, job).await, [
            "2026-03-02T12:00:00Z execution - -",
            "2026-03-03T12:00:00Z skipped calendar Office: Founders",
            "2026-03-04T12:00:00Z execution - -",
        ]);
        assert_eq!(starts(lab, job).len(), 2);
    }

    async fn what_rolls_over_a_weekend_runs_once(lab) {
        let caller = started(lab).await;
        let office = calendar(&caller, "Office", Vec::new()).await;
        let job = caller.create_job(under(daily("12:00"), &office, CalendarRule::RollNext)).await.unwrap().job.id;
        pass(lab, 8 * DAY, 2 * HOUR).await;
        let lines = lines(&caller, job).await;
        let moved: Vec<&String> = lines.iter().filter(|line| line.contains("moved")).collect();
        assert_eq!(moved, ["2026-03-07T12:00:00Z..2026-03-08T12:00:00Z skipped moved_to_business_day Office"]);
        let runs = lines.iter().filter(|line| line.contains("execution")).count();
        assert_eq!(runs, 6, "{lines:?}");
        assert_eq!(lab.probe.starts_of(job).len(), 6);
        // A moved instant is no skipped run.
        let caller = lab.system();
        let zone = jiff::tz::TimeZone::UTC;
        let month = caller.calendar(at("2026-03-02T00:00:00Z"), at("2026-03-31T00:00:00Z"), &zone).await.unwrap();
        let skipped: u64 = month.days.iter().flat_map(|day| &day.jobs).map(|job| job.skipped).sum();
        assert_eq!(skipped, 0);
        let coming: Vec<_> = month.days.iter().filter(|day| day.jobs.iter().any(|job| job.upcoming > 0)).map(|day| day.day.weekday()).collect();
        assert!(!coming.is_empty());
        assert!(!coming.contains(&jiff::civil::Weekday::Saturday), "{coming:?}");
    }

    async fn a_weekly_job_rolls_back_before_the_weekend(lab) {
        let caller = started(lab).await;
        let office = calendar(&caller, "Office", vec![holiday("Bridge", "2026-03-06")]).await;
        let sunday = Spec::new(RuleSpec::Weekly { days: vec![Weekday::Sunday], times: vec!["12:00".parse().unwrap()] });
        let job = caller.create_job(under(sunday, &office, CalendarRule::RollPrevious)).await.unwrap();
        assert_eq!(job.next_run_at, Some(at("2026-03-05T12:00:00Z")));
        pass(lab, 7 * DAY, 2 * HOUR).await;
        assert_eq!(starts(lab, job.job.id), ["2026-03-05T12:00:00Z"]);
        assert_eq!(lines(&caller, job.job.id).await.last().unwrap(), "2026-03-08T12:00:00Z skipped moved_to_business_day Office");
    }

    async fn a_changed_calendar_moves_the_jobs_that_follow_it(lab) {
        let caller = started(lab).await;
        let office = calendar(&caller, "Office", Vec::new()).await;
        let job = caller.create_job(under(daily("12:00"), &office, CalendarRule::OnlyBusinessDays)).await.unwrap();
        let version = job.job.version;
        let job = job.job.id;
        // Within the scheduler's window, so that it holds the job in memory already.
        pass(lab, 2 * HOUR - 30, 600).await;
        let patch = WorkCalendarPatch {
            entries: Some(vec![holiday("Strike", "2026-03-02")]),
            ..WorkCalendarPatch::default()
        };
        let changed = caller.update_calendar(office.id, patch).await.unwrap();
        assert_eq!((changed.version, changed.jobs), (2, 1));
        pass(lab, 60, 5).await;
        assert!(lab.probe.starts_of(job).is_empty());
        assert_eq!(lines(&caller, job).await, ["2026-03-02T12:00:00Z skipped calendar Office: Strike"]);
        // The holiday is taken back: what was decided stays, the next day runs.
        let patch = WorkCalendarPatch { entries: Some(Vec::new()), ..WorkCalendarPatch::default() };
        caller.update_calendar(office.id, patch).await.unwrap();
        pass(lab, DAY, 2 * HOUR).await;
        assert_eq!(starts(lab, job), ["2026-03-03T12:00:00Z"]);
        assert_eq!(caller.job(job).await.unwrap().job.version, version, "the job itself was not edited");
    }

    async fn outside_its_windows_a_job_skips_or_waits(lab) {
        let caller = started(lab).await;
        let windows = || vec![ExecutionWindow {
            days: Vec::new(),
            from: "22:00".parse().unwrap(),
            to: "23:30".parse().unwrap(),
            timezone: None,
        }];
        let hourly = || Spec::new(RuleSpec::Cron { expression: "30 * * * *".to_owned() });
        let skipping = caller.create_job(draft(hourly(), |settings| settings.execution_windows = windows())).await.unwrap().job.id;
        let waiting = caller.create_job(draft(hourly(), |settings| {
            settings.execution_windows = windows();
            settings.outside_windows = OutsideWindows::Wait;
        })).await.unwrap();
        assert_eq!(waiting.next_run_at, Some(at("2026-03-02T22:00:00Z")));
        let waiting = waiting.job.id;
        pass(lab, DAY, 1_800).await;
        assert_eq!(starts(lab, skipping), ["2026-03-02T22:30:00Z"]);
        assert_eq!(starts(lab, waiting), ["2026-03-02T22:00:00Z", "2026-03-02T22:30:00Z"]);
        assert_eq!(lines(&caller, skipping).await, [
            "2026-03-02T10:30:00Z..2026-03-02T21:30:00Z skipped outside_window -",
            "2026-03-02T22:30:00Z execution - -",
            "2026-03-02T23:30:00Z..2026-03-03T09:30:00Z skipped outside_window -",
        ]);
        assert!(lines(&caller, waiting).await[0].ends_with("skipped waits_for_window -"));
    }

    async fn a_late_run_does_not_leave_its_window(lab) {
        let caller = started(lab).await;
        let job = caller.create_job(draft(daily("22:00"), |settings| {
            settings.execution_windows = vec![ExecutionWindow {
                days: Vec::new(),
                from: "22:00".parse().unwrap(),
                to: "23:00".parse().unwrap(),
                timezone: None,
            }];
            settings.misfire_grace_seconds = None;
        })).await.unwrap().job.id;
        // Nobody looked for thirteen hours.
        lab.advance(13 * HOUR + 1);
        lab.engine.settle().await;
        assert_eq!(lines(&caller, job).await, ["2026-03-02T22:00:00Z missed window_closed -"]);
        assert_eq!(ledger(&caller, job).await[0].disposition, Disposition::Missed);
        // A quarter of an hour late is within the window.
        lab.advance(23 * HOUR + 900);
        lab.engine.settle().await;
        lab.engine.settle().await;
        assert_eq!(starts(lab, job), ["2026-03-03T22:00:00Z"]);
    }

    async fn a_one_time_job_set_a_moment_ahead_respects_its_calendar(lab) {
        let caller = started(lab).await;
        let office = calendar(&caller, "Office", vec![holiday("Today", "2026-03-02")]).await;
        // Something that is armed moves the watermark of its shard ahead of the clock; many jobs reach every shard.
        let mut jobs = Vec::new();
        for _ in 0..3 {
            let once = Spec::new(RuleSpec::Once { at: lab.now() + jiff::SignedDuration::from_millis(20) });
            jobs.push(caller.create_job(under(once, &office, CalendarRule::Skip)).await.unwrap().job.id);
            lab.engine.settle().await;
        }
        pass(lab, 5, 1).await;
        for job in jobs {
            assert!(lab.probe.starts_of(job).is_empty());
            let lines = lines(&caller, job).await;
            assert_eq!(lines.len(), 1, "{lines:?}");
            assert!(lines[0].ends_with("skipped calendar Office: Today"), "{lines:?}");
        }
    }

    async fn others_calendars_are_not_there(lab) {
        let owner = lab.caller("owner", Role::User).await;
        let other = lab.caller("other", Role::User).await;
        let viewer = lab.caller("viewer", Role::Viewer).await;
        let office = calendar(&owner, "Office", Vec::new()).await;
        for caller in [&other, &viewer] {
            assert_eq!(caller.work_calendar(office.id).await.unwrap_err().kind, Kind::NotFound);
            assert!(caller.calendars().await.unwrap().is_empty());
        }
        assert_eq!(other.delete_calendar(office.id).await.unwrap_err().kind, Kind::NotFound);
        assert_eq!(viewer.create_calendar(new_calendar("Mine", Vec::new())).await.unwrap_err().kind, Kind::Forbidden);
        let job = || under(daily("12:00"), &office, CalendarRule::Skip);
        let refused = other.create_job(job()).await.unwrap_err();
        assert_eq!(refused.fields[0].pointer, "/calendars/0/calendarId");
        assert!(refused.fields[0].message_ar.is_some());
        let own = other.create_job(draft(daily("12:00"), |_| {})).await.unwrap().job.id;
        let uses = job().settings.calendars;
        let refused = other.edit_job(own, None, false, |mut draft| {
            draft.settings.calendars = uses;
            Ok(draft)
        }).await.unwrap_err();
        assert_eq!(refused.fields[0].pointer, "/calendars/0/calendarId");
        let question = |calendars| CalendarQuestion {
            job_id: Some(own),
            schedule: None,
            calendars: Some(calendars),
            draft: None,
            windows: None,
            outside: None,
            from: lab.now(),
            until: lab.now() + jiff::SignedDuration::from_hours(72),
            limit: 10,
        };
        assert_eq!(other.preview_calendars(question(job().settings.calendars)).await.unwrap_err().kind, Kind::Invalid);

        // Shared, it can be used and not changed; what uses it keeps it when it is not shared any more.
        let share = |everybody| WorkCalendarPatch {
            sharing: Some(Sharing { everybody, users: Vec::new() }),
            ..WorkCalendarPatch::default()
        };
        owner.update_calendar(office.id, share(true)).await.unwrap();
        let seen = other.work_calendar(office.id).await.unwrap();
        assert!(!seen.sharing.everybody, "with whom it is shared is the owner's matter");
        assert_eq!(other.update_calendar(office.id, share(true)).await.unwrap_err().kind, Kind::Forbidden);
        let made = other.create_job(job()).await.unwrap().job.id;
        owner.update_calendar(office.id, share(false)).await.unwrap();
        other.edit_job(made, None, false, |mut draft| {
            draft.name_en = Some("Still".to_owned());
            Ok(draft)
        }).await.unwrap();

        // It cannot be deleted under a job; a deleted job does not hold it.
        assert_eq!(owner.delete_calendar(office.id).await.unwrap_err().kind, Kind::Conflict);
        other.delete_job(made, None, false).await.unwrap();
        owner.delete_calendar(office.id).await.unwrap();
        assert_eq!(owner.work_calendar(office.id).await.unwrap_err().kind, Kind::NotFound);
    }

    async fn what_does_not_fit_is_refused_by_name(lab) {
        let caller = lab.system();
        let office = calendar(&caller, "Office", Vec::new()).await;
        assert_eq!(caller.create_calendar(new_calendar("Office", Vec::new())).await.unwrap_err().kind, Kind::Conflict);
        let refused = caller.create_calendar(new_calendar(" ", vec![CalendarEntry {
            when: When::Yearly { month: 2, day: 30, days: 1 },
            ..holiday("Never", "2026-01-01")
        }])).await.unwrap_err();
        let pointers: Vec<_> = refused.fields.iter().map(|field| field.pointer.as_str()).collect();
        assert_eq!(pointers, ["/nameEn", "/entries/0/when/day"]);
        let refused = caller.import_calendar(office.id, CalendarImport {
            text: "BEGIN:VCALENDAR\nBEGIN:VEVENT\nEND:VEVENT\nEND:VCALENDAR\n".to_owned(),
            kind: EntryKind::Holiday,
            replace: false,
        }).await.unwrap_err();
        assert!(refused.fields[0].message.contains("line 2"), "{refused}");
        let import = |replace| CalendarImport {
            text: "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:One\nDTSTART:20260101\nEND:VEVENT\nEND:VCALENDAR\n".to_owned(),
            kind: EntryKind::Holiday,
            replace,
        };
        for replace in [false, false, true] {
            let imported = caller.import_calendar(office.id, import(replace)).await.unwrap();
            assert_eq!(imported.spec.entries.len(), 1);
        }
        let stale = WorkCalendarPatch { expected_version: Some(1), ..WorkCalendarPatch::default() };
        assert_eq!(caller.update_calendar(office.id, stale).await.unwrap_err().kind, Kind::Conflict);
        let with = |rules: &[CalendarRule], schedule: Spec, is_enabled| {
            let mut job = draft(schedule, |settings| {
                settings.calendars = rules.iter().map(|rule| CalendarUse { calendar_id: office.id, rule: *rule }).collect();
            });
            job.is_enabled = is_enabled;
            job
        };
        let second = Spec::new(RuleSpec::Cron { expression: "* * * * * *".to_owned() });
        for is_enabled in [true, false] {
            let twice = caller.create_job(with(&[CalendarRule::Skip, CalendarRule::Skip], daily("12:00"), is_enabled)).await.unwrap_err();
            assert_eq!(twice.fields[0].pointer, "/calendars/1/calendarId");
            let often = caller.create_job(with(&[CalendarRule::RollNext], second.clone(), is_enabled)).await.unwrap_err();
            assert_eq!(often.fields[0].pointer, "/calendars");
        }
        let many = caller.create_jobs(vec![with(&[], daily("12:00"), true), with(&[CalendarRule::RollNext], second, true)]).await.unwrap_err();
        assert_eq!(many.fields[0].pointer, "/1/calendars");
        let window = caller.create_job(draft(daily("12:00"), |settings| settings.execution_windows = vec![ExecutionWindow {
            days: Vec::new(),
            from: "09:00".parse().unwrap(),
            to: "10:00".parse().unwrap(),
            timezone: Some("Nowhere/At".to_owned()),
        }])).await.unwrap_err();
        assert_eq!(window.fields[0].pointer, "/executionWindows");
    }

    async fn a_preview_says_what_a_change_would_do(lab) {
        let caller = lab.system();
        let office = calendar(&caller, "Office", Vec::new()).await;
        let job = caller.create_job(under(daily("12:00"), &office, CalendarRule::OnlyBusinessDays)).await.unwrap().job.id;
        let mut question = CalendarQuestion {
            job_id: Some(job),
            schedule: None,
            calendars: None,
            draft: None,
            windows: None,
            outside: None,
            from: at("2026-03-02T00:00:00Z"),
            until: at("2026-03-09T00:00:00Z"),
            limit: 4,
        };
        let preview = caller.preview_calendars(question.clone()).await.unwrap();
        assert_eq!((preview.kept, preview.skipped, preview.moved, preview.truncated), (5, 2, 0, true));
        assert_eq!(preview.changes.len(), 4);
        question.limit = 100;
        let mut spec = office.spec.clone();
        spec.entries.push(holiday("Draft", "2026-03-05"));
        question.draft = Some((office.id, spec));
        question.calendars = Some(vec![CalendarUse { calendar_id: office.id, rule: CalendarRule::RollNext }]);
        let preview = caller.preview_calendars(question.clone()).await.unwrap();
        assert_eq!((preview.kept, preview.skipped, preview.moved), (4, 0, 3));
        let thursday = &preview.changes[3];
        assert_eq!(thursday.change, Change::Moved(at("2026-03-06T12:00:00Z")));
        assert_eq!((thursday.calendar.as_deref(), thursday.entry.as_deref()), (Some("Office"), Some("Draft")));
        assert_eq!(caller.work_calendar(office.id).await.unwrap().version, 1, "a preview stores nothing");
        question.until = question.from;
        assert_eq!(caller.preview_calendars(question).await.unwrap_err().kind, Kind::Invalid);
        let days = caller.calendar_days(office.id, "2026-03-06".parse().unwrap(), "2026-03-08".parse().unwrap()).await.unwrap();
        let business: Vec<bool> = days.iter().map(|day| day.is_business_day).collect();
        assert_eq!(business, [true, false, false]);
        let long = caller.calendar_days(office.id, "2026-03-06".parse().unwrap(), "2028-03-08".parse().unwrap()).await;
        assert_eq!(long.unwrap_err().kind, Kind::Invalid);
    }
}
