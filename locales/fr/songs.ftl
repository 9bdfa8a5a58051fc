by = par { $artists }
untitled = Sans titre
live-event = Événement en direct
live = En direct
live-now = En direct maintenant
album = Album
from = Tiré de
sung-as = Chanté en tant que
requested-by = Demandé par
hosted-by = animé par { $host }
before-this = Juste avant
listeners-count =
    { $count ->
        [one] { $count } auditeur
       *[other] { $count } auditeurs
    }
queue-title = File d'attente
queue-songs =
    { $count ->
        [one] **{ $count }** titre attend
       *[other] **{ $count }** titres attendent
    }
queue-own =
    { $count ->
        [one] **{ $count }** vient du compte avec lequel j'écoute
       *[other] **{ $count }** viennent du compte avec lequel j'écoute
    }
queue-before =
    { $count ->
        [one] **{ $count }** titre passe avant
       *[other] **{ $count }** titres passent avant
    }
queue-unknown = LISTEN.moe ne dit pas combien de titres attendent.
as-of = au dernier relevé, { $when }
started = Commencé { $when }
ends = se termine { $when }
ended = terminé { $when }
nothing-newer = La dernière nouvelle de la station est arrivée { $when }
station-unknown = Je n'ai encore rien reçu de la station { $station }. Veuillez réessayer dans un instant.
live-until = En direct jusqu'à { $when }

refresh = Actualiser
song-page = Page du titre
cover = Pochette
stop = Arrêter

what-played = Titres diffusés
nothing-played = Rien encore : je note chaque titre à partir de maintenant.
newer = Plus récents
older = Plus anciens

more = et { $count } de plus
list-separator = { ", " }
list-end = { $rest } et { $last }
minutes =
    { $count ->
        [one] { $count } minute
       *[other] { $count } minutes
    }
nobody = personne
unknown = inconnu
