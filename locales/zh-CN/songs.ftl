by = 演唱：{ $artists }
untitled = 无标题
live-event = 直播活动
live = 直播
live-now = 正在直播
album = 专辑
from = 作品
sung-as = 演唱角色
requested-by = 点歌
hosted-by = 主持：{ $host }
before-this = 之前播放
listeners-count = { $count } 位听众
started = { $when }开始
ends = { $when }结束
ended = { $when }已结束
nothing-newer = 电台最后一次更新是{ $when }
station-unknown = 还没有收到 { $station } 电台的消息，请稍后再试。
live-until = 实时更新至 { $when }

refresh = 刷新
song-page = 歌曲页面
cover = 封面
stop = 停止

what-played = 播放记录
nothing-played = 还没有：从现在起我会记下每一首歌。
newer = 较新
older = 较早

more = 另有 { $count } 项
list-separator = 、
list-end = { $rest }和{ $last }
minutes = { $count } 分钟
nobody = 无
unknown = 未知
