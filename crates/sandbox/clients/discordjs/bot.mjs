// The smallest discord.js bot with voice: /play joins a voice channel and plays a tune, its
// button stops it. Nothing in it knows of the sandbox but the address of the REST API.
import { once } from "node:events";
import { Readable } from "node:stream";
import { AudioPlayerStatus, createAudioPlayer, createAudioResource, entersState, joinVoiceChannel, NoSubscriberBehavior, StreamType, VoiceConnectionStatus } from "@discordjs/voice";
import { ActionRowBuilder, ApplicationCommandOptionType, ButtonBuilder, ButtonStyle, ChannelType, Client, EmbedBuilder, Events, GatewayIntentBits, MessageFlags } from "discord.js";

const RATE = 48_000;
const NOTE_SECONDS = 3;
const NOTES = [440, 659.26];
const VOLUME = 8000;
/** For a voice connection, on a slow machine. */
const PATIENCE_MS = 45_000;

/** The tune as signed 16-bit stereo at 48 kHz, for ever: 20 ms a chunk, made when asked for. */
function* tune() {
  const frame = RATE / 50;
  for (let start = 0; ; start += frame) {
    const pcm = Buffer.alloc(frame * 4);
    for (let i = 0; i < frame; i += 1) {
      const at = start + i;
      const hertz = NOTES[Math.floor(at / RATE / NOTE_SECONDS) % NOTES.length];
      const sample = Math.round(VOLUME * Math.sin((2 * Math.PI * hertz * at) / RATE));
      pcm.writeInt16LE(sample, i * 4);
      pcm.writeInt16LE(sample, i * 4 + 2);
    }
    yield pcm;
  }
}

const client = new Client({
  intents: [GatewayIntentBits.Guilds, GatewayIntentBits.GuildVoiceStates],
  rest: { api: process.env.DISCORD_API_URL, version: "10" },
});
const calls = new Map();

client.once(Events.ClientReady, async () => {
  await client.application.commands.set([{
    name: "play",
    description: "Plays a tune in a voice channel",
    options: [{ name: "channel", description: "Where to play it", type: ApplicationCommandOptionType.Channel, channelTypes: [ChannelType.GuildVoice, ChannelType.GuildStageVoice], required: true }],
  }]);
  console.log(`ready as ${client.user.tag}`);
});

async function play(interaction) {
  const channel = interaction.options.getChannel("channel", true);
  const embed = new EmbedBuilder().setTitle("A tune").setDescription(`Two notes in <#${channel.id}>`).setColor(0x5865f2)
    .addFields(NOTES.map((hertz) => ({ name: "Note", value: `${hertz} Hz`, inline: true })));
  const stop = new ButtonBuilder().setCustomId("stop").setLabel("Stop").setStyle(ButtonStyle.Danger);
  await interaction.reply({ embeds: [embed], components: [new ActionRowBuilder().addComponents(stop)] });

  const connection = joinVoiceChannel({ channelId: channel.id, guildId: channel.guild.id, adapterCreator: channel.guild.voiceAdapterCreator });
  connection.on("error", (error) => console.error("voice:", error));
  calls.set(channel.guild.id, connection);
  await entersState(connection, VoiceConnectionStatus.Ready, PATIENCE_MS);
  const player = createAudioPlayer({ behaviors: { noSubscriber: NoSubscriberBehavior.Play } });
  player.on("error", (error) => console.error("player:", error));
  connection.subscribe(player);
  player.play(createAudioResource(Readable.from(tune()), { inputType: StreamType.Raw }));
  await entersState(player, AudioPlayerStatus.Playing, PATIENCE_MS);
  await interaction.followUp({ content: "Playing.", flags: MessageFlags.Ephemeral });
}

async function stop(interaction) {
  calls.get(interaction.guildId)?.destroy();
  calls.delete(interaction.guildId);
  await interaction.update({ content: "Stopped.", components: [] });
}

client.on(Events.InteractionCreate, async (interaction) => {
  try {
    if (interaction.isChatInputCommand() && interaction.commandName === "play") await play(interaction);
    else if (interaction.isButton() && interaction.customId === "stop") await stop(interaction);
  } catch (error) {
    console.error(error);
    process.exitCode = 1;
  }
});

await client.login(process.env.DISCORD_TOKEN);
await once(process, "SIGTERM");
for (const connection of calls.values()) connection.destroy();
await client.destroy();
process.exit();
