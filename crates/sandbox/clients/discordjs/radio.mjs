// A radio bot with discord.js as its guide shows it: one AudioPlayer that reads one stream of
// Ogg/Opus, to which every connection subscribes.
//   node radio.mjs STREAM SERVER:CHANNEL …
// It is measured by `make bench`.
import { Readable } from "node:stream";
import { createAudioPlayer, createAudioResource, joinVoiceChannel, NoSubscriberBehavior, StreamType } from "@discordjs/voice";
import { Client, Events, GatewayIntentBits } from "discord.js";

const [stream, ...places] = process.argv.slice(2);
const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates],
  rest: { api: process.env.DISCORD_API_URL, version: "10" },
  shards: "auto",
});

client.once(Events.ClientReady, async () => {
  const response = await fetch(stream);
  const player = createAudioPlayer({ behaviors: { noSubscriber: NoSubscriberBehavior.Play } });
  player.on("error", (error) => console.error("player:", error));
  player.play(createAudioResource(Readable.fromWeb(response.body), { inputType: StreamType.OggOpus }));
  for (const place of places) {
    const [guildId, channelId] = place.split(":");
    const guild = client.guilds.cache.get(guildId);
    const connection = joinVoiceChannel({ channelId, guildId, adapterCreator: guild.voiceAdapterCreator });
    connection.on("error", (error) => console.error("voice:", error));
    connection.subscribe(player);
  }
});

process.once("SIGTERM", () => process.exit());
await client.login(process.env.DISCORD_TOKEN);
