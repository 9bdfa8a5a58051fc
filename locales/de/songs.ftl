by = von { $artists }
untitled = Ohne Titel
live-event = Live-Event
live = Live
live-now = Jetzt live
album = Album
from = Aus
sung-as = Gesungen als
requested-by = Gewünscht von
hosted-by = mit { $host }
before-this = Davor
listeners-count =
    { $count ->
        [one] { $count } Hörer
       *[other] { $count } Hörer
    }
queue-title = Warteschlange
queue-songs =
    { $count ->
        [one] **{ $count }** Lied wartet
       *[other] **{ $count }** Lieder warten
    }
queue-own =
    { $count ->
        [one] **{ $count }** davon ist von dem Konto, mit dem ich höre
       *[other] **{ $count }** davon sind von dem Konto, mit dem ich höre
    }
queue-before =
    { $count ->
        [one] **{ $count }** Lied kommt vor diesen
       *[other] **{ $count }** Lieder kommen vor diesen
    }
queue-unknown = LISTEN.moe sagt nicht, wie viele Lieder warten.
as-of = Stand { $when }
started = Begann { $when }
ends = endet { $when }
ended = endete { $when }
nothing-newer = Der Sender hat zuletzt { $when } etwas Neues gemeldet
station-unknown = Vom Sender { $station } habe ich noch nichts gehört. Bitte versuch es gleich noch einmal.
live-until = Live bis { $when }

refresh = Aktualisieren
song-page = Zum Lied
cover = Cover
stop = Stopp

what-played = Was lief
nothing-played = Noch nichts: Ab jetzt schreibe ich jedes Lied auf.
newer = Neuere
older = Ältere

more = +{ $count } weitere
list-separator = { ", " }
list-end = { $rest } und { $last }
minutes =
    { $count ->
        [one] { $count } Minute
       *[other] { $count } Minuten
    }
nobody = niemand
unknown = unbekannt
