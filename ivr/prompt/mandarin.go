package prompt

import "time"

// mandarin says values in Mandarin as spoken in Malaysia, in simplified characters.
type mandarin struct{}

func (mandarin) voice() Voice { return Voice{Name: "cmn-latn-pinyin", WordsPerMinute: 165} }

func (mandarin) keyNames() (star, hash string) { return "星号", "井号" }

func (mandarin) units() [10]string {
	return [10]string{"零", "一", "二", "三", "四", "五", "六", "七", "八", "九"}
}

func (mandarin) weekdays() [7]string {
	return [7]string{"星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"}
}

func (mandarin) vocabulary() []word {
	return []word{
		{"零", "ling"}, {"一", "yi"}, {"二", "er"}, {"两", "liang"}, {"三", "san"}, {"四", "si"},
		{"五", "wu"}, {"六", "liu"}, {"七", "qi"}, {"八", "ba"}, {"九", "jiu"},
		{"十", "shi"}, {"百", "bai"}, {"千", "qian"}, {"万", "wan"}, {"亿", "yi_100000000"},
		{"第", "di"}, {"年", "nian"}, {"月", "yue"}, {"号", "hao"},
		{"半夜", "banye"}, {"上午", "shangwu"}, {"中午", "zhongwu"}, {"下午", "xiawu"}, {"晚上", "wanshang"},
		{"点", "dian"}, {"分", "fen"}, {"小时", "xiaoshi"}, {"分钟", "fenzhong"}, {"秒", "miao"},
		{"令吉", "lingji"}, {"仙", "xian"}, {"加", "jia"},
		{"星期日", "xingqi_ri"}, {"星期一", "xingqi_yi"}, {"星期二", "xingqi_er"}, {"星期三", "xingqi_san"},
		{"星期四", "xingqi_si"}, {"星期五", "xingqi_wu"}, {"星期六", "xingqi_liu"},
	}
}

func (m mandarin) digit(d rune) string {
	if d == '+' {
		return "加"
	}
	return m.units()[d-'0']
}

// number counts in groups of four digits (万, 亿). A gap of zeros inside is said
// as one 零, 2 is 两 before 百, 千, 万 and 亿, and a number never starts with 一十.
func (m mandarin) number(n int) []string {
	if n == 0 {
		return []string{"零"}
	}
	var words []string
	for _, group := range []struct {
		value int
		unit  string
	}{{n / 100_000_000, "亿"}, {n / 10_000 % 10_000, "万"}, {n % 10_000, ""}} {
		if group.value == 0 {
			continue
		}
		if len(words) > 0 && group.value < 1000 {
			words = append(words, "零")
		}
		words = append(words, m.group(group.value, group.unit)...)
	}
	if words[0] == "一" && len(words) > 1 && words[1] == "十" {
		return words[1:]
	}
	return words
}

// group says 1 to 9999 and the unit after it.
func (m mandarin) group(n int, unit string) []string {
	if unit == "" {
		return m.belowTenThousand(n)
	}
	if n == 2 {
		return []string{"两", unit}
	}
	return append(m.belowTenThousand(n), unit)
}

func (m mandarin) belowTenThousand(n int) []string {
	var words []string
	gap := false
	for _, place := range []struct {
		size int
		name string
	}{{1000, "千"}, {100, "百"}, {10, "十"}, {1, ""}} {
		d := n / place.size % 10
		if d == 0 {
			gap = len(words) > 0
			continue
		}
		if gap {
			words = append(words, "零")
			gap = false
		}
		words = append(words, m.place(d, place.size))
		if place.name != "" {
			words = append(words, place.name)
		}
	}
	return words
}

// place says one digit of a number: 2 is 两 before hundreds and thousands.
func (m mandarin) place(d, size int) string {
	if d == 2 && size >= 100 {
		return "两"
	}
	return m.units()[d]
}

// count says how many there are of something: two is 两, not 二.
func (m mandarin) count(n int) []string {
	if n == 2 {
		return []string{"两"}
	}
	return m.number(n)
}

func (m mandarin) ordinal(n int) []string { return append([]string{"第"}, m.number(n)...) }

// date says the year digit by digit: 二零二六年三月四号.
func (m mandarin) date(year int, month time.Month, day int) []string {
	words := []string{
		m.units()[year/1000], m.units()[year/100%10], m.units()[year/10%10], m.units()[year%10], "年",
	}
	words = append(append(words, m.number(int(month))...), "月")
	return append(append(words, m.number(day)...), "号")
}

func (m mandarin) clock(hour, minute int) []string {
	words := append([]string{m.partOfDay(hour)}, m.count((hour+11)%12+1)...)
	words = append(words, "点")
	if minute == 0 {
		return words
	}
	if minute < 10 {
		words = append(words, "零")
	}
	return append(append(words, m.number(minute)...), "分")
}

func (mandarin) partOfDay(hour int) string {
	switch {
	case hour < 5:
		return "半夜"
	case hour < 12:
		return "上午"
	case hour < 13:
		return "中午"
	case hour < 19:
		return "下午"
	}
	return "晚上"
}

func (m mandarin) weekday(d time.Weekday) string { return m.weekdays()[d] }

func (m mandarin) duration(hours, minutes, seconds int) []string {
	return counted(m.count, []quantity{{hours, "小时", "小时"}, {minutes, "分钟", "分钟"}, {seconds, "秒", "秒"}})
}

func (m mandarin) money(ringgit, sen int) []string {
	if sen == 0 {
		return append(m.count(ringgit), "令吉")
	}
	return counted(m.count, []quantity{{ringgit, "令吉", "令吉"}, {sen, "仙", "仙"}})
}
