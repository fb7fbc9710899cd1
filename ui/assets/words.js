// Every word the page says, in Chinese and English. {name} is replaced by what is handed over,
// {name:one|many} by what goes with that number.

const words = {
  zh: {
    skip: "跳到提问处", menu: "对话与筛选", tagline: "版面说了什么，句句有出处",
    sections: "栏目", chat: "问答", archive: "档案", report: "评测",
    other_language: "English", switch_language: "Switch to English", logout: "退出",
    theme: "明暗", theme_auto: "明暗：随系统", theme_light: "明暗：浅色", theme_dark: "明暗：深色",
    holdings: "{pages} 个版面 · {articles} 篇文章", holdings_none: "档案为空",
    mode_extractive: "摘录原文模式，资料不出本机",
    mode_model: "由 {model} 执笔，逐句核对出处",
    mode_extractive_title: "答案由版面上的原句组成，不经语言模型改写。问题、版面和反馈都留在这台机器上。",
    mode_model_title: "问题与检索到的段落会交给模型 {model} 写成答案；写好的每一句都与所引原文核对，对不上的会划去并说明。",
    sidebar: "对话与筛选", new_conversation: "新对话", conversations: "对话",
    kept_here: "对话只存在这台设备的浏览器里。", no_conversations: "还没有对话",
    rename: "改名", remove: "删除", rename_label: "对话名称", deleted: "已删除“{title}”", undo: "撤销",
    filters: "检索范围", since: "出版日期从", until: "到", publication: "报纸", column: "栏目",
    any: "不限", clear_filters: "清除全部条件", drop_filter: "去掉条件：{filter}",
    from_day: "{day} 起", to_day: "至 {day}", days: "{since} 至 {until}",
    your_question: "你的问题", placeholder: "想知道版面上写了什么？", send: "提问", stop: "停止",
    hint: "回车提问，Shift+回车换行", counter: "{count} / {most} 字", cancel: "取消",
    editing: "正在修改上一个问题",
    too_long: "问题有 {count} 字，超过了 {most} 字的上限。请缩短后再问。",
    welcome_kicker: "向报纸提问", welcome: "报上怎么写的，问一句就知道",
    lede: "答案只用已收录版面里的内容，每一句都带引文编号；点开编号，就能看到印在纸上的那几个字。版面没有写的，会直说没有。",
    try: "可以这样问", finding: "正在从版面里找可以回答的问题",
    empty_title: "档案里还没有版面", empty_text: "先到“档案”页添加报纸文本，或者在终端运行：wenbao ingest seeds",
    to_archive: "去添加版面",
    question_mark: "问", answer_mark: "答", searching: "正在检索版面", waiting: "排队等候", writing: "正在写，写完逐句核对",
    citation: "引文 {marker}：《{title}》，打开原文", sources: "出处", inferred: "推断",
    sources_of: "答案的出处", stopped: "已停止", stopped_text: "回答被停下，以上文字未经核对。",
    within: "检索范围：{filters}",
    partial: "只答到一部分", refused: "版面没有写到",
    doubtful: "未通过核对的说法", fault_number: "数字“{what}”不在所引原文中", fault_date: "日期“{what}”与所引原文不符",
    fault_name: "名称“{what}”不在所引原文中", fault_none: "没有可以核对的引文", fault_other: "{what}",
    near: "这些问题版面能回答", seconds: "{seconds} 秒", citations_count: "{count} 处引文", by_extract: "摘录原文",
    copy: "复制", copied: "已复制", retry: "重答", edit: "改问题", right: "答得对", wrong: "答得不对",
    feedback_word: "想补充一句吗？（可不填）", feedback_send: "提交", feedback_thanks: "记下了，只保存在这台机器上。",
    feedback_right: "已标为答得对", feedback_wrong: "已标为答得不对",
    answered: "回答完毕：{text}",
    panel_loading: "正在打开版面", close: "关闭", article_view: "文章", raw_view: "原始版面",
    article_hint: "换行与分栏已接好", raw_hint: "文本原样，一字未动",
    views: "显示方式", copy_link: "复制链接", link_copied: "链接已复制", untitled: "（无题）", no_article: "这些字不在任何一篇文章里，下面是原始版面。",
    cut: "离引文较远的部分没有显示。", cited: "引文", characters_at: "第 {start}–{end} 字", page_number: "第 {page} 版",
    page_label: "{page}", undated: "日期不详", means_exact: "指{date}", means_within: "指{date}，未写明日期", means_about: "约指{date}",
    archive_title: "档案", archive_lede: "问报能回答的，都在这些版面里。",
    search_archive: "在全部版面里查找", search: "查找", results: "查到 {count} 段", no_results: "没有查到相关段落", back_to_list: "回到版面清单",
    upload: "添加版面", upload_text: "把文件拖到这里，或者选择文件", choose: "选择文件",
    upload_rules: "每个文件不超过 {size}，一次最多 {count} 个。", endings: ".txt、.md、.jsonl、.jsonl.gz",
    may_not: "你不能改动档案；由设置 WENBAO_ARCHIVE_EDITORS 决定谁可以。",
    uploading: "正在上传 {name}", reading: "正在阅读（已完成 {count} 个）", reindex: "重新读取全部",
    reindex_text: "从各文件原来的位置重新读取；没有变动的保持原样。",
    report_added: "新增 {count}", report_updated: "更新 {count}", report_unchanged: "无变化 {count}", report_failed: "失败 {count}",
    failed_file: "{name}：{reason}", done: "完成",
    col_date: "日期", col_source: "版面", col_articles: "文章", col_size: "字数", col_actions: "操作",
    more: "再显示 {count} 个", show_articles: "{count} 篇", filter_list: "按名称、报纸或日期筛选", none_match: "没有符合的版面",
    remove_title: "从档案中移除这个版面？", remove_text: "{name} 将不再用来回答问题。上传的文件会被删除；从其他文件夹读入的，原文件不动。",
    removed: "已移除 {name}", characters: "{count} 字",
    report_title: "评测", report_lede: "发布前用已知答案的问题给问报打分，这里是最近一次的成绩。",
    report_none: "还没有评测报告", report_none_text: "在终端运行 python -m eval run，完成后这里就会显示。",
    report_written: "写于 {when}", report_full: "完整报告", figure: "项目", value: "数值", report_general: "总览",
    f_article: "第 {number} 篇", "f_evidence within": "前 {number} 段里有依据", interval: "95% 区间", questions_count: "题数",
    "f_summary": "总览", "f_rates": "各项比率", "f_slices": "分题型与文章的答对率", "f_means": "排序指标", "f_verdicts": "判定",
    "f_causes": "答错的原因", "f_refusal": "该答与该拒", "f_latency": "用时（秒）", "f_tokens": "词元", "f_manifest": "这次评测的环境",
    "f_settings": "设置", "f_versions": "软件版本", "f_gate": "发布关口", "f_compared": "与上次相比", "f_worst": "最差的回答",
    "f_curve": "拒答曲线", "f_questions": "题数", "f_replies": "回答数", "f_answers right": "答对", "f_answers partly right": "答对一部分",
    "f_answers with another figure": "答成别的数字", "f_answers without the facts": "没答到要点", "f_wrongly refused": "不该拒答而拒答", "f_rightly refused": "该拒答而拒答", "f_invented": "编造",
    "f_errors": "出错", "f_refusals that were right": "拒答得当", "f_answers with a citation": "回答带引文", "f_citations located": "引文能定位", "f_citations at the evidence": "引文落在依据上",
    "f_evidence cited": "依据被引用", "f_kind date": "日期题", "f_kind english": "英文题", "f_kind fact": "事实题", "f_kind follow-up": "追问",
    "f_kind list": "列举题", "f_kind number": "数字题", "f_kind paraphrase": "换说法", "f_kind traditional": "繁体题", "f_kind two-part": "两问题",
    "f_kind typo": "错别字题", "f_kind across": "跨文章题", "f_kind absent": "版面没写的", "f_kind near-miss": "似是而非的", "f_kind false-premise": "前提有误的",
    "f_kind off-topic": "题外话", "f_must pass": "必须答对的", "f_right": "答对", "f_partly": "答对一部分", "f_conflict": "数字不符",
    "f_missing": "缺要点", "f_refused": "拒答", "f_error": "出错", "f_answered": "作答", "f_says": "版面写了",
    "f_does not say": "版面没写", "f_evidence retrieved, but refused": "找到依据却拒答", "f_evidence retrieved, but not cited": "找到依据却没引用", "f_evidence not retrieved": "没找到依据", "f_waited": "等待",
    "f_retrieve": "检索", "f_read": "阅读", "f_total": "合计", "f_prompt": "输入", "f_completion": "输出",
    "f_cost": "费用", "f_id": "题号", "f_question": "问题", "f_verdict": "判定", "f_cause": "原因",
    "f_text": "回答", "f_p50": "中位", "f_p95": "95%", "f_n": "题数",
    loading: "正在载入",
    error: "出错了", try_again: "再试一次",
    e_queue_full: "现在提问的人太多，队列已满。请过一会儿再试。", e_offline: "连接不上问报。请检查程序是否还在运行，然后再试。",
    e_not_logged_in: "登录已失效，请刷新页面重新登录。", e_IndexEmpty: "档案里还没有版面，请先添加。",
    e_question_too_long: "问题太长了，请缩短后再问。", e_nothing_asked: "请先写下问题。", e_no_such_source: "这个版面已经不在档案里了。",
    e_may_not_edit: "你不能改动档案；由设置 WENBAO_ARCHIVE_EDITORS 决定谁可以。", e_too_many_files: "一次选的文件太多了，最多 {count} 个。",
    e_file_too_large: "文件太大，上限 {size}", e_bad_file_type: "不支持的格式，只收 {endings}", e_no_files: "没有选择文件。",
    e_same_name: "档案里已有从别处读入的同名版面，请改名", e_empty_file: "文件是空的", e_unreadable: "无法读取：{detail}",
    e_bad_request: "请求有误：{detail}", e_IndexBusy: "档案正在被另一个程序写入，请稍后再试。", e_ModelUnavailable: "模型暂时不可用：{detail}",
    e_cut_off: "回答中断了，请再试一次。", e_unknown: "没有成功：{detail}", e_days: "起始日期不能晚于结束日期。",
    e_storage: "浏览器的存储空间已满，较早的对话被移除。", e_feedback_full: "反馈文件已满，请管理员移走 feedback.jsonl。",
  },
  en: {
    skip: "Skip to the question", menu: "Conversations and scope", tagline: "Wenbao: what the paper printed, cited to the character",
    sections: "Sections", chat: "Ask", archive: "Archive", report: "Evaluation",
    other_language: "中文", switch_language: "切换为中文", logout: "Log out",
    theme: "Light and dark", theme_auto: "Light or dark: as the system", theme_light: "Light", theme_dark: "Dark",
    holdings: "{pages} {pages:page|pages} · {articles} {articles:article|articles}", holdings_none: "The archive is empty",
    mode_extractive: "Printed sentences only; nothing leaves this machine",
    mode_model: "Written by {model}, every sentence checked",
    mode_extractive_title: "Answers are made of printed sentences; no language model rewrites them. Questions, pages and feedback stay on this machine.",
    mode_model_title: "Your question and the passages found are handed to the model {model}; every sentence it writes is checked against what it cites, and struck with the reason where it does not hold.",
    sidebar: "Conversations and scope", new_conversation: "New conversation", conversations: "Conversations",
    kept_here: "Kept in this device's browser only.", no_conversations: "None yet",
    rename: "Rename", remove: "Remove", rename_label: "Name of the conversation", deleted: "Deleted “{title}”", undo: "Undo",
    filters: "Scope", since: "Issued from", until: "to", publication: "Newspaper", column: "Column",
    any: "Any", clear_filters: "Clear all", drop_filter: "Drop: {filter}",
    from_day: "from {day}", to_day: "to {day}", days: "{since} to {until}",
    your_question: "Your question", placeholder: "What would you like to know from the pages?", send: "Ask", stop: "Stop",
    hint: "Enter asks, Shift+Enter starts a new line", counter: "{count} / {most} characters", cancel: "Cancel",
    editing: "Editing the last question",
    too_long: "The question has {count} characters; the limit is {most}. Please shorten it.",
    welcome_kicker: "Ask the paper", welcome: "What did the paper say? Just ask.",
    lede: "Answers come from the indexed pages alone. Every sentence carries a number; open it to see the printed words themselves. What the pages do not say, you are told so.",
    try: "You might ask", finding: "Looking for questions the pages can answer",
    empty_title: "No pages yet", empty_text: "Add newspaper text under “Archive”, or run in a terminal: wenbao ingest seeds",
    to_archive: "Add pages",
    question_mark: "Q", answer_mark: "A", searching: "Searching the pages", waiting: "Waiting for a turn", writing: "Writing; every sentence is checked at the end",
    citation: "Citation {marker}: {title}. Open the page", sources: "Sources", inferred: "inferred",
    sources_of: "Sources of the answer", stopped: "Stopped", stopped_text: "The answer was stopped; the words above are unchecked.",
    within: "Scope: {filters}",
    partial: "Answered in part", refused: "The pages do not say",
    doubtful: "Statements that failed the check", fault_number: "the number “{what}” is not in the cited words", fault_date: "the date “{what}” does not agree with the cited words",
    fault_name: "the name “{what}” is not in the cited words", fault_none: "there is no citation to check it by", fault_other: "{what}",
    near: "The pages can answer these", seconds: "{seconds} s", citations_count: "{count} {count:citation|citations}", by_extract: "printed sentences",
    copy: "Copy", copied: "Copied", retry: "Ask again", edit: "Edit", right: "Right", wrong: "Wrong",
    feedback_word: "Anything to add? (optional)", feedback_send: "Send", feedback_thanks: "Noted; it stays on this machine.",
    feedback_right: "Marked as right", feedback_wrong: "Marked as wrong",
    answered: "Answer: {text}",
    panel_loading: "Opening the page", close: "Close", article_view: "Article", raw_view: "Original text",
    article_hint: "line and column breaks joined", raw_hint: "the text as it is, untouched",
    views: "View", copy_link: "Copy link", link_copied: "Link copied", untitled: "(untitled)", no_article: "These words stand in no article; below is the original page.",
    cut: "Text far from the citation is not shown.", cited: "Cited words", characters_at: "characters {start}–{end}", page_number: "page {page}",
    page_label: "{page}", undated: "date unknown", means_exact: "that is {date}", means_within: "some day in {date}", means_about: "about {date}",
    archive_title: "Archive", archive_lede: "All that Wenbao can answer from.",
    search_archive: "Search all pages", search: "Search", results: "{count} {count:passage|passages}", no_results: "Nothing found", back_to_list: "Back to the list",
    upload: "Add pages", upload_text: "Drop files here, or choose them", choose: "Choose files",
    upload_rules: "Up to {size} a file, {count} {count:file|files} at once.", endings: ".txt, .md, .jsonl, .jsonl.gz",
    may_not: "You may not change the archive; the setting WENBAO_ARCHIVE_EDITORS says who may.",
    uploading: "Uploading {name}", reading: "Reading ({count} done)", reindex: "Read all again",
    reindex_text: "Reads every file again from where it came; what has not changed is left alone.",
    report_added: "{count} added", report_updated: "{count} updated", report_unchanged: "{count} unchanged", report_failed: "{count} failed",
    failed_file: "{name}: {reason}", done: "Done",
    col_date: "Date", col_source: "Page", col_articles: "Articles", col_size: "Characters", col_actions: "Actions",
    more: "{count} more", show_articles: "{count}", filter_list: "Narrow by name, newspaper or date", none_match: "No page matches",
    remove_title: "Remove this page from the archive?", remove_text: "{name} will no longer answer questions. An uploaded file is deleted; a file read from another folder stays where it is.",
    removed: "Removed {name}", characters: "{count} {count:character|characters}",
    report_title: "Evaluation", report_lede: "Before each release Wenbao is scored on questions with known answers. This is the last report.",
    report_none: "No report yet", report_none_text: "Run python -m eval run in a terminal; the figures appear here.",
    report_written: "Written {when}", report_full: "The whole report", figure: "Figure", value: "Value", report_general: "Overview",
    f_article: "article {number}", "f_evidence within": "evidence within {number} passages", interval: "95% interval", questions_count: "Questions",
    "f_summary": "Summary", "f_rates": "Rates", "f_slices": "Right, by kind and article", "f_means": "Ranking", "f_verdicts": "Verdicts",
    "f_causes": "Why answers were wrong", "f_refusal": "Refusals", "f_latency": "Seconds", "f_tokens": "Tokens", "f_manifest": "How the run was made",
    "f_settings": "Settings", "f_versions": "Versions", "f_gate": "Gate", "f_compared": "Compared", "f_worst": "Worst answers",
    "f_curve": "Refusal curve", "f_questions": "Questions", "f_replies": "Replies", "f_answers right": "answers right", "f_answers partly right": "answers partly right",
    "f_answers with another figure": "answers with another figure", "f_answers without the facts": "answers without the facts", "f_wrongly refused": "wrongly refused", "f_rightly refused": "rightly refused", "f_invented": "invented",
    "f_errors": "errors", "f_refusals that were right": "refusals that were right", "f_answers with a citation": "answers with a citation", "f_citations located": "citations located", "f_citations at the evidence": "citations at the evidence",
    "f_evidence cited": "evidence cited", "f_kind date": "kind date", "f_kind english": "kind english", "f_kind fact": "kind fact", "f_kind follow-up": "kind follow-up",
    "f_kind list": "kind list", "f_kind number": "kind number", "f_kind paraphrase": "kind paraphrase", "f_kind traditional": "kind traditional", "f_kind two-part": "kind two-part",
    "f_kind typo": "kind typo", "f_kind across": "kind across", "f_kind absent": "kind absent", "f_kind near-miss": "kind near-miss", "f_kind false-premise": "kind false-premise",
    "f_kind off-topic": "kind off-topic", "f_must pass": "must pass", "f_right": "right", "f_partly": "partly", "f_conflict": "conflict",
    "f_missing": "missing", "f_refused": "refused", "f_error": "error", "f_answered": "answered", "f_says": "says",
    "f_does not say": "does not say", "f_evidence retrieved, but refused": "evidence retrieved, but refused", "f_evidence retrieved, but not cited": "evidence retrieved, but not cited", "f_evidence not retrieved": "evidence not retrieved", "f_waited": "waited",
    "f_retrieve": "retrieve", "f_read": "read", "f_total": "total", "f_prompt": "prompt", "f_completion": "completion",
    "f_cost": "cost", "f_id": "id", "f_question": "question", "f_verdict": "verdict", "f_cause": "cause",
    "f_text": "text", "f_p50": "p50", "f_p95": "p95", "f_n": "n",
    loading: "Loading",
    error: "Something went wrong", try_again: "Try again",
    e_queue_full: "Too many questions are waiting and the queue is full. Please try again in a moment.", e_offline: "Wenbao cannot be reached. See whether the program still runs, then try again.",
    e_not_logged_in: "Your login has ended; reload the page to log in.", e_IndexEmpty: "There are no pages yet; add some first.",
    e_question_too_long: "The question is too long; please shorten it.", e_nothing_asked: "Write a question first.", e_no_such_source: "This page is not in the archive any more.",
    e_may_not_edit: "You may not change the archive; the setting WENBAO_ARCHIVE_EDITORS says who may.", e_too_many_files: "Too many files at once; at most {count}.",
    e_file_too_large: "too large; the limit is {size}", e_bad_file_type: "not a format that is read; it takes {endings}", e_no_files: "No files were chosen.",
    e_same_name: "a page of this name was read from another folder; rename the file", e_empty_file: "the file is empty", e_unreadable: "cannot be read: {detail}",
    e_bad_request: "The request is not right: {detail}", e_IndexBusy: "Another program is writing to the archive; try again in a moment.", e_ModelUnavailable: "The model is not available: {detail}",
    e_cut_off: "The answer broke off; please try again.", e_unknown: "That did not work: {detail}", e_days: "The first day must not be after the last.",
    e_storage: "The browser's storage is full; the oldest conversations were removed.", e_feedback_full: "The feedback file is full; move feedback.jsonl away.",
  },
};

const KEPT = "wenbao.language";
let language = "zh";
const listeners = [];

export const all = words;

export function t(key, values = {}) {
  const text = words[language][key] ?? words.zh[key] ?? key;
  return text.replace(/\{(\w+)(?::([^|}]*)\|([^}]*))?\}/g, (whole, name, one, many) => {
    if (!(name in values)) return whole;
    const value = values[name];
    if (many !== undefined) return value === 1 ? one : many;
    return typeof value === "number" ? count(value) : String(value);
  });
}

export const current = () => language;
export const has = (key) => key in words.zh;

// `listener` runs after every change of language.
export function onLanguage(listener) {
  listeners.push(listener);
}

export function setLanguage(wanted) {
  language = wanted === "en" ? "en" : "zh";
  try { localStorage.setItem(KEPT, language); } catch { /* private browsing: not remembered */ }
  const root = document.getElementById("wenbao");
  const tag = language === "en" ? "en" : "zh-CN";
  document.documentElement.lang = tag;
  document.title = language === "en" ? "Wenbao" : "问报";
  root.lang = tag;
  label(root);
  listeners.forEach((listener) => listener());
}

export function keptLanguage() {
  try { return localStorage.getItem(KEPT) ?? "zh"; } catch { return "zh"; }
}

const ATTRIBUTES = { label: "aria-label", title: "title", placeholder: "placeholder" };

// Put the words where data-t (text) and data-t-label, -title, -placeholder (attributes) ask for them.
export function label(root) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.dataset.t);
  for (const [name, attribute] of Object.entries(ATTRIBUTES)) {
    for (const element of root.querySelectorAll(`[data-t-${name}]`)) {
      element.setAttribute(attribute, t(element.getAttribute(`data-t-${name}`)));
    }
  }
}

// 2024, 2024-01, 2024-01-31 or a/b, as the reader's language writes it.
export function day(iso) {
  if (!iso) return t("undated");
  if (language === "en") return iso.replace("/", " to ");
  const one = (text) => {
    const [year, month, date] = text.split("-").map(Number);
    return `${year}年` + (month ? `${month}月` : "") + (date ? `${date}日` : "");
  };
  return iso.split("/").map(one).join("至");
}

export const count = (number) => number.toLocaleString(language === "en" ? "en" : "zh-CN");

export function bytes(number) {
  return number >= 1e6 ? `${+(number / 1e6).toFixed(1)} MB` : `${Math.max(1, Math.round(number / 1e3))} KB`;
}
