//! Orders are read, and wrong ones say what is wrong.

use rand::SeedableRng;
use serde_json::json;

use super::*;

fn parse(body: Value) -> Result<Order, String> {
    match body {
        Value::Object(map) => Order::parse(map),
        _ => Err("an object".into()),
    }
}

#[test]
fn every_target_has_its_name() {
    for target in Target::ALL {
        assert_eq!(
            serde_json::to_value(target).unwrap(),
            json!(target.to_string())
        );
    }
}

#[test]
fn paths_belong_to_targets() {
    for (path, target) in [
        ("/api/v10/users/@me", Some(Target::DiscordRest)),
        ("/gateway", Some(Target::DiscordGateway)),
        ("/gateway/", Some(Target::DiscordGateway)),
        ("/listen.moe/gateway_v2", Some(Target::ListenMoeJpop)),
        ("/listen.moe/kpop/gateway", Some(Target::ListenMoeKpop)),
        ("/listen.moe/opus", Some(Target::StreamJpop)),
        ("/listen.moe/kpop/opus", Some(Target::StreamKpop)),
        ("/lanyard/socket", Some(Target::Lanyard)),
        ("/control/faults", None),
        ("/apiary", None),
        ("/", None),
    ] {
        assert_eq!(Target::of_path(path), target, "{path}");
    }
}

#[test]
fn orders_are_read() {
    let order = parse(json!({"target": "lanyard", "fault": "close", "code": 4004, "seconds": 1.5}));
    assert_eq!(
        order.unwrap(),
        Order {
            target: Target::Lanyard,
            fault: Fault::Close {
                code: 4004,
                reason: String::new()
            },
            lasting: Some(Duration::from_millis(1500)),
            count: None,
        }
    );
    parse(json!({"target": "stream-jpop", "fault": "cut"})).unwrap();
    parse(json!({"target": "voice-udp", "fault": "drop", "share": 0.1})).unwrap();
    parse(json!({"target": "discord-rest", "fault": "status", "status": 429, "retry_after": 0.5, "count": 3})).unwrap();
    parse(json!({"target": "discord-rest", "fault": "delay", "mean_ms": 50, "deviation_ms": 10}))
        .unwrap();
}

#[test]
fn wrong_orders_say_what_is_wrong() {
    for (body, word) in [
        (json!({}), "target"),
        (json!({"target": "discord", "fault": "cut"}), "discord-rest"),
        (json!({"target": "lanyard"}), "fault"),
        (
            json!({"target": "lanyard", "fault": "explode"}),
            "half-open",
        ),
        (
            json!({"target": "lanyard", "fault": "drop", "share": 1}),
            "voice-udp",
        ),
        (
            json!({"target": "voice-udp", "fault": "cut"}),
            "no connections",
        ),
        (
            json!({"target": "discord-rest", "fault": "close"}),
            "WebSockets",
        ),
        (
            json!({"target": "lanyard", "fault": "throttle"}),
            "bytes_per_second",
        ),
        (json!({"target": "lanyard", "fault": "delay"}), "mean_ms"),
        (
            json!({"target": "lanyard", "fault": "delay", "min_ms": 5, "max_ms": 1}),
            "max_ms",
        ),
        (
            json!({"target": "lanyard", "fault": "cut", "second": 1}),
            "second",
        ),
        (
            json!({"target": "lanyard", "fault": "cut", "seconds": -1}),
            "seconds",
        ),
        (
            json!({"target": "lanyard", "fault": "cut", "count": 0}),
            "count",
        ),
        (
            json!({"target": "lanyard", "fault": "status", "status": 200}),
            "status",
        ),
    ] {
        let error = parse(body.clone()).unwrap_err();
        assert!(error.contains(word), "{body}: {error}");
    }
}

#[test]
fn delays_follow_their_distribution() {
    let random = &mut StdRng::seed_from_u64(1);
    let normal = Delay {
        mean_ms: Some(100.0),
        deviation_ms: Some(10.0),
        ..Delay::default()
    };
    let draws: Vec<_> = (0..1000)
        .map(|_| normal.draw(random).as_secs_f64() * 1000.0)
        .collect();
    let mean = draws.iter().sum::<f64>() / 1000.0;
    assert!((95.0..105.0).contains(&mean), "{mean}");
    let uniform = Delay {
        min_ms: Some(1.0),
        max_ms: Some(2.0),
        ..Delay::default()
    };
    for _ in 0..100 {
        let draw = uniform.draw(random).as_secs_f64() * 1000.0;
        assert!((0.999..=2.001).contains(&draw), "{draw}");
    }
}
