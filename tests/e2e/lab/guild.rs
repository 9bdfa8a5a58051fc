//! A server of the sandbox.

use serde_json::Value;

/// A server of the sandbox.
pub struct Guild(pub Value);

impl Guild {
    pub fn id(&self) -> &str {
        self.0["id"].as_str().expect("an id")
    }

    /// The first text channel's id.
    pub fn text(&self) -> &str {
        self.channel(0)
    }

    /// The first voice channel's id.
    pub fn voice(&self) -> &str {
        self.channel(2)
    }

    /// The first channel of a type: <https://discord.com/developers/docs/resources/channel#channel-object-channel-types>
    pub fn channel(&self, kind: u64) -> &str {
        self.0["channels"]
            .as_array()
            .and_then(|channels| channels.iter().find(|channel| channel["type"] == kind))
            .and_then(|channel| channel["id"].as_str())
            .expect("a channel of that type")
    }

    /// The voice channel of this name.
    pub fn voice_named(&self, name: &str) -> &str {
        let channels = self.0["channels"].as_array().into_iter().flatten();
        let mut voices = channels.filter(|channel| channel["type"] == 2);
        let found = voices.find(|channel| channel["name"] == name);
        found
            .and_then(|found| found["id"].as_str())
            .expect("such a channel")
    }

    /// The id of the `index`-th member; the owner is the first.
    pub fn member(&self, index: usize) -> &str {
        self.0["members"][index]["id"].as_str().expect("a member")
    }
}
