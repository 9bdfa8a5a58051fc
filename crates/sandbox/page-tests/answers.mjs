// What the bot says: each of its messages, how to come by it, and what it must say in either language.
//
// Each follows the one before in one sandbox. `act` gives the message; `also` checks its element.
import assert from "node:assert/strict";

/** The songs of the sandbox that are played for the pictures. */
const DRIVE = 7001, PARADE = 7003, STORE = 8001;

/** Quiet hours in Tokyo (nine hours ahead all year) that are half a day from now: songs are to be posted. */
const night = String((new Date().getUTCHours() + 9 + 12) % 24).padStart(2, "0");
const [DUSK, DAWN] = [`${night}:00`, `${night}:30`];

const isAbout = (song) => (message) => message.embeds?.some((embed) => JSON.stringify(embed).includes(`/songs/${song}`));

/** The id of a message's button. */
const button = (message, beginning) => message.components.flatMap((row) => row.components).find((one) => one.custom_id?.startsWith(beginning)).custom_id;

/** The song, the panel and the page with the settings, which later steps press the buttons of. */
let song, panel, settings;

export const ANSWERS = [
  {
    name: "nothing-set", act: (s) => s.ask("announce show"),
    en: ["Announcements", "No channel gets songs yet"], ja: ["お知らせ"],
  },
  {
    name: "announce-set", async act(s) {
      await s.mayManageWebhooks(true);
      await s.ask("announce set", { channel: s.songs });
      await s.ask("announce set", { channel: s.songs, station: "kpop", card: "compact" });
      await s.ask("announce set", { channel: s.general, mode: "events", role: s.role });
      const options = { channel: s.news, mode: "edit", webhook: true, quiet: `${DUSK}-${DAWN}`, time_zone: "Asia/Tokyo", pause: 15 };
      return s.until("the bot knows that it may", async () => {
        const answer = await s.ask("announce set", options);
        return answer.content.includes("-#") && answer;
      });
    },
    en: ["J-pop songs will be announced in", "one message, kept current · the whole card · at most every 15 minutes"], ja: ["J-pop の曲"],
  },
  {
    name: "announce-set-again", act: (s) => s.ask("announce set", { channel: s.news, pause: 0 }),
    en: ["Before: one message, kept current"], ja: ["以前："],
  },
  {
    name: "announcement", async act(s) {
      await s.play("jpop", DRIVE);
      return s.posted(s.songs, "a song", isAbout(DRIVE));
    },
    en: ["星屑ドライブ", "Hoshikuzu Drive", "by 夜明けのペンギン", "Album", "終電のない街", "Requested by", "listeners"], ja: ["アルバム", "リスナー"],
  },
  {
    name: "announcement-through-a-webhook", act: (s) => s.posted(s.news, "a song of the station's own", isAbout(DRIVE)),
    en: ["LISTEN.moe J-pop", "星屑ドライブ"], ja: ["LISTEN.moe J-pop"],
    async also(node) {
      assert.equal(await node.locator("img.avatar").count(), 1, "the station's picture is its face");
    },
  },
  {
    name: "announcement-in-a-line", async act(s) {
      await s.play("kpop", STORE);
      return s.posted(s.songs, "a song in a line", isAbout(STORE));
    },
    en: ["새벽 두 시의 편의점 ·", "K-pop"], ja: ["K-pop"],
  },
  {
    name: "nowplaying", async act(s) { return (song = await s.onAir("jpop", DRIVE)); },
    en: ["星屑ドライブ", /Started (now|\d+ (second|minute)s? ago)/, "Before this", "Refresh", "Song page", "Cover"], ja: [/▶ (今|\d+ [秒分]前)に開始/, "更新"],
  },
  {
    name: "cover-in-full", act: (s) => s.press(song, button(song, "song:cover:")),
    en: ["Only you can see this"], ja: [],
    async also(node) {
      const { width, height } = await node.locator(".embed img").boundingBox();
      assert.ok(width > 200 && height > 200, `${width} x ${height}`);
    },
  },
  {
    name: "nowplaying-live", act: (s) => s.onAir("jpop", DRIVE, { live: true }),
    en: ["Live until", "Song page"], ja: ["まで"],
  },
  {
    name: "announcement-of-an-event", async act(s) {
      await s.play("jpop", PARADE);
      return s.posted(s.general, "an event", (message) => !message.interaction_metadata && isAbout(PARADE)(message));
    },
    en: ["📡 真夏の夜の大合唱", "Paper Moon Parade", "@"], ja: ["📡 真夏の夜の大合唱"],
  },
  {
    name: "nowplaying-event", act: (s) => s.onAir("jpop", PARADE),
    en: ["📡 Live event", "真夏の夜の大合唱"], ja: ["📡"],
  },
  { name: "history", act: (s) => s.known("the song in the record", (answer) => JSON.stringify(answer).includes("Paper Moon Parade"), "history"), en: ["What played", "Paper Moon Parade", "Older"], ja: ["流れた曲"] },
  { name: "queue", act: (s) => s.ask("queue"), en: ["Queue", "as of"], ja: ["リクエスト待ち"] },
  {
    name: "radio-join", async act(s) {
      await s.control.post(`/users/${s.owner}/voice`, { channel: s.voice });
      await s.ask("radio join");
      const plays = (message) => JSON.stringify(message.components ?? []).includes("radio:stop") && message.embeds[0]?.description.startsWith("⏳") === false;
      return (panel = await s.posted(s.general, "the radio's message", plays));
    },
    en: ["Playing J-pop in", "Volume 100%", "Stop"], ja: ["音量 100%"],
  },
  { name: "radio-button", act: (s) => s.press(panel, "radio:volume:-10"), en: ["Volume 90%", "Before: 100%"], ja: ["音量 90%", "以前：100%"] },
  { name: "radio-volume", act: (s) => s.ask("radio volume", { level: 60 }), en: ["The volume is 60% now.", "Before: 90%"], ja: ["以前：90%"] },
  { name: "radio-station", act: (s) => s.ask("radio station", { station: "kpop" }), en: ["Playing K-pop in", "Before: J-pop"], ja: ["以前：J-pop"] },
  { name: "radio-stay", act: (s) => s.ask("radio stay", { mode: "on" }), en: ["around the clock now", "Before: until 5 minutes alone"], ja: ["以前："] },
  { name: "radio-dj", act: (s) => s.ask("radio dj", { role: s.role }), en: ["may control the radio", "Before: nobody"], ja: ["以前："] },
  { name: "radio-settings", act: (s) => s.ask("radio settings", { stage_topic: "on" }), en: ["Radio settings", "The song as stage topic: on, before: off", "/radio volume"], ja: ["以前："] },
  {
    name: "radio-status", act: (s) => s.until("a call that is well", async () => {
      const answer = await s.ask("radio status");
      return answer.embeds[0]?.description.startsWith("▶️") && JSON.stringify(answer).includes("50") && answer;
    }),
    en: ["📻 K-pop", "Playing in", "Connected", "Listeners", "packets a second", "Encryption", "Last trouble"], ja: ["📻 K-pop"],
  },
  { name: "settings", async act(s) { return (settings = await s.ask("settings")); }, en: ["Settings of this server", "Volume 60% · stays around the clock", "Language", "Announcements", "Radio ▶"], ja: ["このサーバーの設定"] },
  { name: "settings-changed", async act(s) { return (settings = await s.press(settings, "settings:romaji:on")); }, en: ["✅ Titles: in romaji, before: in native script"], ja: ["✅ 曲名"] },
  { name: "settings-radio", async act(s) { return (settings = await s.press(settings, "settings:radio")); }, en: ["Radio", "Volume 60% · stays around the clock", "60%: Volume", "@Regular", "◀ All settings"], ja: ["◀ すべての設定"] },
  {
    name: "settings-channel", async act(s) {
      settings = await s.press(settings, "settings:home");
      return (settings = await s.press(settings, "settings:pick", [`${s.news}:jpop`]));
    },
    en: ["Announcements", "one message, kept current", "◀ All settings", "As the station: on", "Quiet hours ▶", "Language ▶", "Remove"], ja: ["言語 ▶"],
  },
  { name: "settings-language", async act(s) { return (settings = await s.press(settings, `settings:tongues:${s.news}:jpop`)); }, en: ["◀ Channel"], ja: ["◀ チャンネル"] },
  {
    name: "settings-language-changed", async act(s) { return (settings = await s.press(settings, `settings:tongue:${s.news}:jpop`, ["ko"])); },
    en: ["✅ Changed. Before: one message", "한국어"], ja: ["한국어"],
  },
  {
    name: "settings-quiet", async act(s) {
      settings = await s.press(settings, `settings:target:${s.news}:jpop`);
      return (settings = await s.press(settings, `settings:night:${s.news}:jpop`));
    },
    en: [`quiet ${DUSK}–${DAWN} (Asia/Tokyo)`], ja: [`${DUSK}–${DAWN}`],
  },
  { name: "history-in-romaji", act: (s) => s.ask("history", { station: "jpop" }), en: ["Hoshikuzu Drive · Yoake no Penguin"], ja: ["Hoshikuzu Drive · Yoake no Penguin"] },
  {
    name: "announce-show-and-a-channel-that-is-lost", async act(s) {
      await s.forbid(s.songs);
      await s.play("jpop", DRIVE);
      return s.until("the channel is lost", async () => {
        const answer = await s.ask("announce show");
        return answer.embeds[0]?.description.includes("⚠️") && answer;
      });
    },
    en: ["⚠️ I may not post here", "Send Messages", "next try"], ja: ["⚠️"],
  },
  {
    name: "announce-show-and-a-webhook-that-is-refused", async act(s) {
      await s.ask("announce set", { channel: s.general, station: "kpop", webhook: true, mode: "post" });
      await s.mayManageWebhooks(false);
      await s.play("kpop", STORE);
      return s.until("the webhook is refused", async () => {
        const answer = await s.ask("announce show");
        return /myself|私の名前/.test(answer.embeds[0]?.description) && answer;
      });
    },
    en: ["I post as myself. Please give me Manage Webhooks in this channel."], ja: ["私の名前で投稿しています", "ウェブフック"],
  },
  { name: "announce-off", act: (s) => s.ask("announce off", { channel: s.songs }), en: ["No more songs will be posted in", "Before:", "J-pop · a message for each song"], ja: ["以前："] },
  { name: "radio-leave", act: (s) => s.ask("radio leave"), en: ["The radio is off. Goodbye!", "Before: K-pop ·"], ja: ["以前：K-pop"] },
  { name: "help", act: (s) => s.ask("help"), en: ["What I do", "Listen", "/nowplaying", "/radio join", "Settings", "About me"], ja: ["できること"] },
  { name: "about", act: (s) => s.ask("about"), en: ["uguisu", "Started", "Sources", "LISTEN.moe J-pop · last heard", "Lanyard"], ja: ["uguisu"] },
  { name: "invite", act: (s) => s.ask("invite"), en: ["Take me along", "Add to a server", "Add to your account"], ja: ["連れていってください"] },
  {
    name: "refused-no-voice", async act(s) {
      await s.control.post(`/users/${s.owner}/voice`, { channel: null });
      return s.ask("radio join");
    },
    en: ["Join a voice channel first"], ja: ["先にボイスチャンネルに参加"],
  },
  { name: "refused-may-not-post", act: (s) => s.ask("announce set", { channel: s.songs }), en: ["I may not post in", "Send Messages"], ja: ["投稿できません"] },
  { name: "refused-may-not-change", act: (s) => s.ask("settings", {}, { user: s.people[1].id }), as: 1, en: ["Manage Server"], ja: ["サーバー管理"] },
  {
    name: "an-error-with-its-reference", act: (s) => s.until("an error", async () => {
      await s.control.post("/faults", { target: "discord-rest", fault: "status", status: 500, count: 1 });
      const answer = await s.ask("help");
      return /`[0-9a-f]{6}`/.test(answer?.content) && answer;
    }),
    en: ["Discord", /[0-9a-f]{6}/], ja: ["Discord"],
  },
  {
    name: "refused-too-often", async act(s) {
      // At once, because turns come back with time.
      return s.until("enough", async () => {
        const answers = await Promise.all(Array.from({ length: 12 }, () => s.ask("queue")));
        return answers.find((answer) => !answer.embeds?.length);
      });
    },
    en: ["One moment"], ja: ["少しお待ちください"],
  },
];
