"""Words the demo company is made of; every name is invented."""

SURNAMES = "王 李 张 刘 陈 杨 黄 赵 吴 周 徐 孙 马 朱 胡 郭 何 林 高 罗".split()
GIVEN = "晓琳 嘉豪 子涵 明远 思齐 雨桐 浩然 欣怡 志强 丽华 建国 佳宁 文博 静怡 俊杰 梦洁 天佑 若溪 宇轩 诗涵".split()
FIRST = "Noah Daniel Aisha Sofia Emma Omar Lena Marco Ingrid Priya Lucas Hana Pavel Clara Jonas".split()
LAST = "Fischer Kim Khan Rossi Stone Haddad Novak Silva Berg Patel Moreau Sato Ivanov Weber Lindqvist".split()
CHINESE_CORES = (
    "明远 云栖 启航 海纳 天府 白云 金桥 智联 瑞康 博雅 华晟 蓝湾 新越 德馨 远景 康泽 汇才 优学".split()
)
CHINESE_TRADES = {
    "medical": ("医疗器械", "药业", "健康科技", "生物科技"),
    "education": ("教育科技", "培训学校", "学习科技", "文化传播"),
    "manufacturing": ("精密制造", "半导体", "新材料", "自动化设备"),
    "software": ("软件", "信息技术", "数据科技", "网络科技"),
    "logistics": ("物流", "供应链管理", "仓储"),
}
LATIN_CORES = (
    "Orion Kestrel Lumen Northwind Vertex Helix Arbor Meridian Cobalt Juniper Halcyon Quarry".split()
)
LATIN_TRADES = {
    "medical": ("Medical", "Diagnostics", "Biotech"),
    "education": ("Learning", "Academy", "Education"),
    "manufacturing": ("Precision", "Optics", "Robotics"),
    "software": ("Software", "Analytics", "Systems"),
    "logistics": ("Logistics", "Freight", "Supply"),
}
PLACES = (
    ("上海市", "上海"), ("浙江省", "杭州"), ("江苏省", "苏州"), ("江苏省", "南京"),
    ("四川省", "成都"), ("重庆市", "重庆"), ("陕西省", "西安"), ("云南省", "昆明"),
)  # fmt: skip
EAST = ["上海市", "浙江省", "江苏省"]
WEST = ["四川省", "重庆市", "陕西省", "云南省"]
TITLES = (
    "采购经理",
    "总经理",
    "IT Director",
    "Head of Procurement",
    "市场总监",
    "Assistant",
    "院长",
    "CTO",
    "教务主任",
)
#: Who decides, who leads, and who prepares: in Chinese and in English.
DECIDERS = (("总经理", "董事长", "院长", "校长"), ("Managing Director", "CEO", "Founder", "CTO"))
LEADERS = (
    ("采购经理", "市场总监", "信息科主任", "运营总监"),
    ("Head of Procurement", "IT Director", "Operations Manager"),
)
OTHERS = (("助理", "行政", "前台", "实习生"), ("Assistant", "Student", "Intern", "Clerk"))
#: Beyond both territories: city and country.
ABROAD = (("Berlin", "Germany"), ("Munich", "Germany"), ("Singapore", "Singapore"))
