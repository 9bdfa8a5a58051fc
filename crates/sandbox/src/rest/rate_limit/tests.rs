use super::*;

#[test]
fn the_major_parameter_splits_a_route_into_buckets() {
    let a = Route::of(&Method::POST, "/channels/1/messages");
    let b = Route::of(&Method::POST, "/channels/2/messages");
    assert_eq!((&a.template, a.name()), (&b.template, b.name()));
    assert_ne!(a.major, b.major);
    let edit = Route::of(&Method::PATCH, "/channels/1/messages/5");
    assert_ne!(edit.template, a.template);
    assert_eq!(edit, Route::of(&Method::PATCH, "/channels/1/messages/6"));
    assert!(!Route::of(&Method::POST, "/interactions/1/abc/callback").global);
    let hook = Route::of(&Method::POST, "/webhooks/1/abc");
    assert_ne!(
        hook.major,
        Route::of(&Method::POST, "/webhooks/1/abd").major
    );
}

#[tokio::test(start_paused = true)]
async fn the_sixth_message_within_five_seconds_is_limited() {
    let limits = RateLimits::default();
    let route = Route::of(&Method::POST, "/channels/1/messages");
    let take = || limits.take("bot", &route, Duration::ZERO);
    for left in (0..5).rev() {
        let Verdict::Fine(headers) = take() else {
            panic!("limited too early");
        };
        assert_eq!(headers["x-ratelimit-remaining"], left.to_string());
    }
    let Verdict::Limited {
        scope,
        body,
        headers,
    } = take()
    else {
        panic!("not limited");
    };
    assert_eq!((scope, &body["global"]), ("user", &json!(false)));
    assert!(headers.contains_key("retry-after"));
    tokio::time::advance(Duration::from_millis(5_001)).await;
    assert!(matches!(take(), Verdict::Fine(_)));
}

#[tokio::test(start_paused = true)]
async fn sessions_count_down_and_come_back_after_a_day() {
    let limits = RateLimits::default();
    let app = Id(7);
    assert_eq!(limits.session_starts(app), (SESSIONS, Duration::ZERO));
    for shard in 0..u64::from(SESSIONS) {
        assert!(limits.identify((app, shard), Duration::ZERO), "{shard}");
    }
    assert_eq!(limits.session_starts(app), (0, DAY));
    assert!(!limits.identify((app, 0), Duration::ZERO));
    tokio::time::advance(DAY).await;
    assert_eq!(limits.session_starts(app), (SESSIONS, Duration::ZERO));
    assert!(limits.identify((app, 0), Duration::ZERO));
    // One too soon after another of its bucket starts nothing.
    assert!(!limits.identify((app, 0), Duration::from_secs(5)));
    assert_eq!(limits.session_starts(app).0, SESSIONS - 1);
}

#[tokio::test(start_paused = true)]
async fn fifty_requests_a_second_are_the_whole_bots_limit() {
    let limits = RateLimits::default();
    for channel in 0..50 {
        let route = Route::of(&Method::POST, &format!("/channels/{channel}/messages"));
        assert!(matches!(
            limits.take("bot", &route, Duration::ZERO),
            Verdict::Fine(_)
        ));
    }
    let route = Route::of(&Method::POST, "/channels/999/messages");
    let verdict = limits.take("bot", &route, Duration::ZERO);
    assert!(matches!(
        verdict,
        Verdict::Limited {
            scope: "global",
            ..
        }
    ));
    let callback = Route::of(&Method::POST, "/interactions/1/abc/callback");
    assert!(matches!(
        limits.take("bot", &callback, Duration::ZERO),
        Verdict::Fine(_)
    ));
    assert!(matches!(
        limits.take("another", &route, Duration::ZERO),
        Verdict::Fine(_)
    ));
}
