by = 歌：{ $artists }
untitled = 無題
live-event = ライブイベント
live = ライブ
live-now = ただいまライブ中
album = アルバム
from = 作品
sung-as = 歌唱キャラクター
requested-by = リクエスト
hosted-by = 進行：{ $host }
before-this = この前の曲
listeners-count = リスナー { $count } 人
started = { $when }に開始
ends = { $when }に終了
ended = { $when }に終了しました
nothing-newer = 放送局からの最後の情報は{ $when }です
station-unknown = { $station } からはまだ何も届いていません。少し待ってからもう一度お試しください。
live-until = { $when } までライブ

refresh = 更新
song-page = 曲のページ
cover = ジャケット
stop = 停止

what-played = 流れた曲
nothing-played = まだありません。これから1曲ずつ記録していきます。
newer = 新しい曲
older = 前の曲

more = ほか { $count } 件
list-separator = 、
list-end = { $rest }、{ $last }
minutes = { $count } 分
nobody = なし
unknown = 不明
