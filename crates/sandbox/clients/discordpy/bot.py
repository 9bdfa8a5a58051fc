"""The smallest discord.py bot with voice: /play joins a voice channel and plays a tune, its
button stops it. Nothing in it knows of the sandbox but the addresses."""

import array
import asyncio
import json
import math
import os
import signal
import urllib.request

import discord
import yarl
from discord import app_commands
from discord.gateway import DiscordWebSocket
from discord.http import Route

RATE = 48_000
NOTE_SECONDS = 3
NOTES = (349.23, 523.25)
VOLUME = 8_000
# In seconds, for a voice connection on a slow machine.
PATIENCE = 45

# discord.py has no setting for these; it never asks for the gateway's address.
Route.BASE = os.environ["DISCORD_API_URL"].rstrip("/") + "/v10"
with urllib.request.urlopen(Route.BASE + "/gateway", timeout=PATIENCE) as answer:
    DiscordWebSocket.DEFAULT_GATEWAY = yarl.URL(json.load(answer)["url"])


class Tune(discord.AudioSource):
    """Two notes for ever, as signed 16-bit stereo at 48 kHz in frames of 20 ms."""

    def __init__(self):
        self.at = 0

    def read(self):
        frame = array.array("h")
        for at in range(self.at, self.at + RATE // 50):
            hertz = NOTES[at // (RATE * NOTE_SECONDS) % len(NOTES)]
            sample = round(VOLUME * math.sin(2 * math.pi * hertz * at / RATE))
            frame.extend((sample, sample))
        self.at += RATE // 50
        return frame.tobytes()


class Stop(discord.ui.View):
    """The button under the answer."""

    @discord.ui.button(label="Stop", custom_id="stop", style=discord.ButtonStyle.danger)
    async def stop_tune(self, interaction, _button):
        if interaction.guild.voice_client:
            await interaction.guild.voice_client.disconnect()
        await interaction.response.edit_message(content="Stopped.", view=None)


class Bot(discord.Client):
    """One command, registered at the start."""

    def __init__(self):
        super().__init__(intents=discord.Intents(guilds=True, voice_states=True))
        self.tree = app_commands.CommandTree(self)

    async def setup_hook(self):
        self.tree.add_command(play)
        await self.tree.sync()

    async def on_ready(self):
        print(f"ready as {self.user}", flush=True)


@app_commands.command(description="Plays a tune in a voice channel")
@app_commands.describe(channel="Where to play it")
async def play(
    interaction: discord.Interaction, channel: discord.VoiceChannel | discord.StageChannel
):
    await interaction.response.defer()
    call = await channel.connect(timeout=PATIENCE, reconnect=False)
    call.play(Tune())
    embed = discord.Embed(title="A tune", description=f"Two notes in {channel.mention}", colour=0x5865F2)
    for hertz in NOTES:
        embed.add_field(name="Note", value=f"{hertz} Hz")
    await interaction.followup.send(embed=embed, view=Stop(timeout=None))


async def main():
    bot = Bot()
    loop = asyncio.get_running_loop()
    async with bot:
        running = asyncio.create_task(bot.start(os.environ["DISCORD_TOKEN"]))
        loop.add_signal_handler(signal.SIGTERM, running.cancel)
        try:
            await running
        except asyncio.CancelledError:
            for call in bot.voice_clients:
                await call.disconnect()


asyncio.run(main())
