//! Files that were uploaded, and how messages show them:
//! <https://discord.com/developers/docs/resources/message#attachment-object>.

use std::collections::BTreeMap;

use bytes::Bytes;
use serde_json::{Map, Value, json};

use super::{Id, World};

/// Bytes of all files together; the oldest are forgotten first.
const KEPT: usize = 64 << 20;
/// How embeds and components name a file that comes with them.
const REFERENCE: &str = "attachment://";

/// A file as somebody sends it.
#[derive(Debug, Clone, Default)]
pub struct Upload {
    /// Its name.
    pub name: String,
    /// What it shows, for those who cannot see it, up to 1,024 characters.
    pub description: Option<String>,
    /// Its type, as the sender says.
    pub content_type: Option<String>,
    /// What is in it.
    pub bytes: Bytes,
    /// Of sound: how long it is and how it looks.
    pub recording: Option<Recording>,
}

/// What a voice message shows before it is played.
#[derive(Debug, Clone, PartialEq)]
pub struct Recording {
    /// How long it is.
    pub seconds: f64,
    /// Samples of its loudness, Base64.
    pub waveform: String,
}

impl Upload {
    /// The name that Discord gives the file: without spaces, and of ASCII alone.
    pub fn stored_name(&self) -> String {
        let name: String = self
            .name
            .chars()
            .map(|c| if c == ' ' { '_' } else { c })
            .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_'))
            .collect();
        match name.trim_start_matches('.') {
            "" => "unknown".to_owned(),
            kept => kept.to_owned(),
        }
    }

    /// The type of the file: Discord looks for itself, clients often say nothing.
    pub fn kind(&self) -> String {
        let said = self.content_type.as_deref().unwrap_or_default();
        if !matches!(said, "" | "application/octet-stream") {
            return said.to_owned();
        }
        let extension = self.name.rsplit('.').next().unwrap_or_default();
        match extension.to_ascii_lowercase().as_str() {
            "png" => "image/png",
            "jpg" | "jpeg" => "image/jpeg",
            "gif" => "image/gif",
            "webp" => "image/webp",
            "txt" => "text/plain; charset=utf-8",
            "json" => "application/json; charset=utf-8",
            "mp3" => "audio/mpeg",
            "ogg" | "opus" => "audio/ogg",
            "wav" => "audio/wav",
            "flac" => "audio/flac",
            "m4a" => "audio/mp4",
            "mp4" => "video/mp4",
            "pdf" => "application/pdf",
            _ => "application/octet-stream",
        }
        .to_owned()
    }

    /// Width and height in pixels, of a PNG.
    fn size(&self) -> Option<(u32, u32)> {
        let header = self.bytes.strip_prefix(b"\x89PNG\r\n\x1a\n")?;
        let number = |at: usize| {
            let bytes = header.get(at..at + 4)?.try_into().ok()?;
            Some(u32::from_be_bytes(bytes))
        };
        Some((number(8)?, number(12)?))
    }
}

/// What a message is to have of files afterwards.
#[derive(Debug, Clone, Default)]
pub struct Attachments {
    /// Those of the message that stay; all when not said.
    pub kept: Option<Vec<Id>>,
    /// New ones.
    pub uploads: Vec<Upload>,
}

impl Attachments {
    /// Whether a message that had these files has any afterwards.
    pub fn leave_some(&self, old: &[Value]) -> bool {
        !self.uploads.is_empty() || old.iter().any(|file| self.keep(file))
    }

    fn keep(&self, file: &Value) -> bool {
        let id = Id::from_json(&file["id"]);
        self.kept
            .as_ref()
            .is_none_or(|kept| id.is_some_and(|id| kept.contains(&id)))
    }
}

/// The files there are, by id.
#[derive(Debug, Default)]
pub struct Files {
    stored: BTreeMap<Id, File>,
    bytes: usize,
}

/// A file that was uploaded.
#[derive(Debug, Clone)]
pub struct File {
    /// The attachment, as messages have it.
    pub json: Value,
    /// Its type.
    pub content_type: String,
    /// What is in it.
    pub bytes: Bytes,
}

impl Files {
    /// A file that is not forgotten.
    pub fn get(&self, id: Id) -> Option<&File> {
        self.stored.get(&id)
    }

    fn insert(&mut self, id: Id, file: File) {
        self.bytes += file.bytes.len();
        self.stored.insert(id, file);
        while self.bytes > KEPT
            && let Some((_, oldest)) = self.stored.pop_first()
        {
            self.bytes -= oldest.bytes.len();
        }
    }
}

impl World {
    /// Stores a file under an address of its own; the attachment, as messages have it.
    pub fn upload(&mut self, channel: Option<Id>, upload: Upload) -> Value {
        let id = self.next_id();
        let name = upload.stored_name();
        let content_type = upload.kind();
        let url = format!(
            "{}/attachments/{}/{id}/{name}",
            self.cdn,
            channel.unwrap_or(id)
        );
        let mut json = json!({
            "id": id, "filename": name, "size": upload.bytes.len(), "url": url, "proxy_url": url,
            "content_type": content_type,
        });
        if let Some(text) = &upload.description {
            json["description"] = text.as_str().into();
        }
        if name != upload.name {
            let stem = upload.name.rsplit_once('.');
            json["title"] = stem.map_or(upload.name.as_str(), |(stem, _)| stem).into();
        }
        if let Some(recording) = &upload.recording {
            json["duration_secs"] = recording.seconds.into();
            json["waveform"] = recording.waveform.as_str().into();
        }
        if let Some((width, height)) = upload.size() {
            json["width"] = width.into();
            json["height"] = height.into();
        }
        let file = File {
            json: json.clone(),
            content_type,
            bytes: upload.bytes,
        };
        self.files.insert(id, file);
        json
    }

    /// The attachments that a message has after this.
    pub(super) fn attach(
        &mut self,
        channel: Id,
        mut old: Vec<Value>,
        wanted: Attachments,
    ) -> Vec<Value> {
        old.retain(|file| wanted.keep(file));
        for upload in wanted.uploads {
            old.push(self.upload(Some(channel), upload));
        }
        old
    }
}

/// Puts the addresses of files into embeds and components that name them with `attachment://`.
pub(super) fn refer(value: &mut Value, files: &[Value]) {
    match value {
        Value::Array(list) => list.iter_mut().for_each(|item| refer(item, files)),
        Value::Object(fields) => {
            fields.values_mut().for_each(|field| refer(field, files));
            refer_here(fields, files);
        }
        _ => {}
    }
}

fn refer_here(fields: &mut Map<String, Value>, files: &[Value]) {
    let named = |fields: &Map<String, Value>, key: &str| {
        let name = fields.get(key)?.as_str()?.strip_prefix(REFERENCE)?;
        files.iter().find(|file| file["filename"] == name)
    };
    if let Some(file) = named(fields, "icon_url") {
        fields.insert("icon_url".to_owned(), file["url"].clone());
        fields.insert("proxy_icon_url".to_owned(), file["url"].clone());
    }
    if let Some(file) = named(fields, "url") {
        // Media of components know which attachment they are; pictures of embeds do not.
        if fields.contains_key("proxy_url") {
            fields.insert("attachment_id".to_owned(), file["id"].clone());
        }
        for key in ["url", "proxy_url", "content_type", "width", "height"] {
            if let Some(value) = file.get(key) {
                fields.insert(key.to_owned(), value.clone());
            }
        }
    }
    if let Some(file) = fields
        .get("file")
        .and_then(|media| media.get("attachment_id"))
    {
        let file = files.iter().find(|found| found["id"] == *file);
        for (key, from) in [("name", "filename"), ("size", "size")] {
            if let Some(value) = file.and_then(|file| file.get(from)).cloned() {
                fields.insert(key.to_owned(), value);
            }
        }
    }
}

/// Whether the name of a file is of a type that an option or a file upload takes: `image`,
/// `video`, `audio`, or an extension:
/// <https://discord.com/developers/docs/reference#file-type-filtering>.
pub(super) fn is_of(name: &str, kind: &Value) -> bool {
    let name = name.to_ascii_lowercase();
    let ends = |list: &[&str]| list.iter().any(|extension| name.ends_with(extension));
    match kind.as_str() {
        Some("image") => ends(&[".png", ".gif", ".jpg", ".jpeg", ".jfif", ".webp", ".avif"]),
        Some("video") => ends(&[".mp4", ".mov", ".qt", ".webm"]),
        Some("audio") => ends(&[".mp3", ".m4a", ".wav", ".ogg", ".opus", ".flac"]),
        Some(extension) => name.ends_with(&extension.to_ascii_lowercase()),
        None => false,
    }
}

/// The attachments that are seen under a message: those that no embed and no component shows.
pub(super) fn unused(files: &[Value], embeds: &[Value], components: &[Value]) -> Vec<Value> {
    fn shows(value: &Value, url: &Value) -> bool {
        match value {
            Value::Array(list) => list.iter().any(|item| shows(item, url)),
            Value::Object(fields) => fields.values().any(|field| shows(field, url)),
            other => other == url,
        }
    }
    let used = |file: &&Value| {
        let mut all = embeds.iter().chain(components);
        all.any(|part| shows(part, &file["url"]))
    };
    files.iter().filter(|file| !used(file)).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(name: &str) -> Upload {
        Upload {
            name: name.to_owned(),
            ..Upload::default()
        }
    }

    #[test]
    fn names_are_stored_as_discord_stores_them() {
        for (name, stored) in [
            ("a b.txt", "a_b.txt"),
            ("音楽.ogg", "ogg"),
            ("../x.png", "x.png"),
            ("", "unknown"),
        ] {
            assert_eq!(named(name).stored_name(), stored, "{name}");
        }
    }

    #[test]
    fn the_oldest_files_are_forgotten() {
        let mut files = Files::default();
        let half = Bytes::from(vec![0; KEPT / 2]);
        for id in 1..=3 {
            let file = File {
                json: Value::Null,
                content_type: String::new(),
                bytes: half.clone(),
            };
            files.insert(Id(id), file);
        }
        assert!(files.get(Id(1)).is_none());
        assert!(files.get(Id(2)).is_some() && files.get(Id(3)).is_some());
    }

    #[test]
    fn embeds_and_components_get_the_addresses_of_the_files_they_name() {
        let files = [
            json!({"id": "5", "filename": "a.png", "url": "http://x/a.png", "proxy_url": "http://x/a.png", "size": 3}),
            json!({"id": "6", "filename": "b.txt", "url": "http://x/b.txt", "proxy_url": "http://x/b.txt", "size": 4}),
        ];
        let mut embeds = json!([{"image": {"url": "attachment://a.png"}, "footer": {"text": "f", "icon_url": "attachment://none.png"}}]);
        refer(&mut embeds, &files);
        assert_eq!(embeds[0]["image"]["url"], "http://x/a.png");
        assert_eq!(
            embeds[0]["footer"]["icon_url"], "attachment://none.png",
            "there is no such file"
        );
        let mut components = json!([{"type": 17, "components": [{"type": 13, "name": "file", "size": 0,
            "file": {"url": "attachment://b.txt", "proxy_url": "attachment://b.txt"}}]}]);
        refer(&mut components, &files);
        let shown = &components[0]["components"][0];
        assert_eq!(shown["file"]["attachment_id"], "6");
        assert_eq!(
            (&shown["name"], &shown["size"]),
            (&json!("b.txt"), &json!(4))
        );
        let list = |value: &Value| value.as_array().unwrap().clone();
        assert_eq!(
            unused(&files, &list(&embeds), &[]),
            files[1..],
            "a.png is seen in the embed"
        );
        assert!(unused(&files, &list(&embeds), &list(&components)).is_empty());
    }
}
