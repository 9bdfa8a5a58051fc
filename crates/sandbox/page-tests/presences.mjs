// Presences as Lanyard tells them, and what the card of each must show where it is drawn.

const MINUTE = 60_000, HOUR = 60 * MINUTE;
const GREEN = "rgb(35, 165, 90)", YELLOW = "rgb(240, 178, 50)", RED = "rgb(242, 63, 67)", GREY = "rgb(128, 132, 142)";
const SPOTIFY_GREEN = "rgb(29, 185, 84)", STREAM_PURPLE = "rgb(89, 54, 149)", JPOP_PINK = "rgb(255, 1, 91)";

/** Somebody who is there and does nothing: every other presence begins with it. */
export const NOTHING = {
  discord_status: "online", spotify: null, activities: [], kv: {},
  active_on_discord_desktop: true, active_on_discord_mobile: false, active_on_discord_web: false, active_on_discord_embedded: false, active_on_discord_vr: false,
};

const spotify = (now) => ({
  track_id: "4uLU6hMCjMI75M1A2tKUQC", song: "Lanterns Underwater", artist: "Paper Comet; Ines Vale", album: "Tidal Post",
  album_art_url: "https://i.scdn.co/image/ab67616d0000b273a1", timestamps: { start: now - MINUTE, end: now + 8.5 * MINUTE },
});

const game = (now) => ({
  id: "game", type: 0, name: "Tetra Cathedral", details: "Ranked, round 7", state: "In a party", party: { size: [2, 4] }, application_id: "383226320970055681",
  assets: { large_image: "mp:external/aB3_x/https/tetra.example/cathedral.png", large_text: "The nave", small_image: "565945770067623946", small_text: "Gold" },
  timestamps: { start: now - 2 * HOUR },
});

/**
 * `{name, presence(now), embeds: [colour of each], says: [texts], lacks, pictures: how many, times: how many}`. What is
 * told of time holds for some minutes more.
 */
export const PRESENCES = [
  {
    name: "online", presence: () => ({}),
    embeds: [GREEN], says: ["Online", "🖥️ Desktop", "From Lanyard"], lacks: ["Mobile", "💬"], pictures: 1, times: 0,
  },
  {
    name: "idle-with-an-emoji", presence: () => ({
      discord_status: "idle", active_on_discord_desktop: false, active_on_discord_mobile: true, active_on_discord_web: true,
      activities: [{ id: "custom", type: 4, name: "Custom Status", state: "home for tea", emoji: { name: "🍵" } }],
    }),
    embeds: [YELLOW], says: ["🍵 home for tea", "Idle", "📱 Mobile", "🌐 Web"], lacks: ["Desktop"], pictures: 1, times: 0,
  },
  {
    name: "busy-with-an-emoji-of-a-server", presence: () => ({
      discord_status: "dnd", active_on_discord_embedded: true,
      activities: [{ id: "custom", type: 4, name: "Custom Status", state: "do **not** disturb @everyone", emoji: { name: "catjam", id: "300000000000000042", animated: true } }],
    }),
    embeds: [RED], says: ["do **not** disturb", "Do Not Disturb", "🎮 Console"], lacks: [":catjam:"], pictures: 2, times: 0,
  },
  {
    name: "spotify", presence: (now) => ({ spotify: spotify(now) }),
    embeds: [GREEN, SPOTIFY_GREEN], says: ["🎧 Listening on Spotify", "Lanterns Underwater", "by Paper Comet, Ines Vale", "on Tidal Post", "9:30", "Open in Spotify"],
    lacks: [], pictures: 2, times: 2,
  },
  {
    name: "game", presence: (now) => ({ activities: [game(now)] }),
    embeds: [GREEN, GREEN], says: ["🎮 Playing", "Tetra Cathedral", "Ranked, round 7", "In a party (2 of 4)", "2 hours ago"], lacks: ["The nave"], pictures: 3, times: 1,
  },
  {
    name: "stream", presence: (now) => ({
      activities: [{
        id: "s", type: 1, name: "Twitch", details: "Building a radio bot, live", state: "Software and Game Development", url: "https://www.twitch.tv/uguisu_example",
        assets: { large_image: "twitch:uguisu_example" }, timestamps: { start: now - 25 * MINUTE },
      }],
    }),
    embeds: [GREEN, STREAM_PURPLE], says: ["📺 Streaming on Twitch", "Building a radio bot, live", "Software and Game Development", /(2[5-9]|3\d) minutes ago/], lacks: [], pictures: 2, times: 1,
  },
  {
    name: "show", presence: (now) => ({
      activities: [{
        id: "w", type: 3, name: "Crunchyroll", details: "放課後天文台", state: "Episode 7: 曇り", application_id: "383226320970055681",
        assets: { large_image: "565945770067623947" }, timestamps: { start: now - 10 * MINUTE, end: now + 14 * MINUTE },
      }],
    }),
    embeds: [GREEN, GREEN], says: ["🍿 Watching on Crunchyroll", "放課後天文台", "Episode 7: 曇り", "24:00"], lacks: [], pictures: 2, times: 2,
  },
  {
    name: "music-elsewhere", presence: (now) => ({
      active_on_discord_vr: true,
      activities: [{
        id: "m", type: 2, name: "Apple Music", details: "소나기 예보", state: "우체국 앞", assets: { large_text: "소나기 예보 - EP", large_image: "mp:external/q/https/music.example/a.jpg" },
        timestamps: { start: now - MINUTE, end: now + 20 * MINUTE },
      }],
    }),
    embeds: [GREEN, GREEN], says: ["🎧 Listening to Apple Music", "소나기 예보", "우체국 앞", "on 소나기 예보 - EP", "🥽 VR"], lacks: [], pictures: 2, times: 2,
  },
  {
    name: "listen-moe-elsewhere", presence: () => ({ activities: [{ id: "l", type: 2, name: "LISTEN.moe", details: "J-pop radio" }] }),
    embeds: [GREEN, JPOP_PINK], says: ["📻 Listening to LISTEN.moe · J-pop", "On air:"], lacks: [], pictures: 2, times: 2, radio: true,
  },
  {
    name: "everything-and-hostile", presence: (now) => ({
      discord_status: "dnd", active_on_discord_mobile: true, active_on_discord_web: true, spotify: { ...spotify(now), song: "Nothing *But* Static [Deluxe](https://x.example)" },
      activities: [
        { id: "custom", type: 4, name: "Custom Status", state: "||boo|| <@1> https://example.org", emoji: { name: "👻" } },
        game(now),
        { id: "c", type: 5, name: "Tetra _Cathedral_ Open" },
        { id: "v", type: 0, name: "Visual Studio Code", details: "Editing `listen.moe.ts`", state: "# Workspace: uguisu", timestamps: { start: now - 5 * MINUTE } },
      ],
    }),
    embeds: [RED, SPOTIFY_GREEN, RED],
    says: ["👻 ||boo||", "Nothing *But* Static [Deluxe]", "Tetra Cathedral", "🏆 Competing in", "Tetra _Cathedral_ Open", "🎮 Playing", "Editing `listen.moe.ts`", "# Workspace: uguisu"],
    lacks: ["LISTEN.moe ·"], pictures: 4, times: 4,
  },
  {
    name: "offline", presence: () => ({ discord_status: "offline", active_on_discord_desktop: false }),
    embeds: [GREY], says: ["Offline"], lacks: ["Desktop"], pictures: 1, times: 0,
  },
];
