const $ = (selector, root = document) => root.querySelector(selector)
const $$ = (selector, root = document) => [...root.querySelectorAll(selector)]

const limitSeconds = document.body.dataset.limitMs / 1000
const replicas = $$('[data-replica]').map(card => card.dataset.replica)
const forms = $$('form[data-slot]')

// The last post of each user of this page, to see whether a read misses it.
const lastPosts = new Map()

const meanings = {
	'recent-write': 'No replica has replayed what this user must see.',
	'caught-up': 'The replica has replayed what this user must see.',
	'no-recent-write': 'There is nothing this user must see.',
	'too-stale': 'Every replica is beyond the limit.',
	'no-replica': 'No replica answers.',
	'marker-unavailable': 'Redis is away, so nobody knows what this user must see.'
}

// --- The application

// No cookies: the two users share a browser, but must not share a session.
async function call(path, { headers, ...options } = {}) {
	const response = await fetch(path, { credentials: 'omit', cache: 'no-store', ...options,
		headers: { 'Content-Type': 'application/json', ...headers } })
	const body = await response.json().catch(() => ({}))
	if (!response.ok) {
		throw Object.assign(new Error(`${response.status}: ${body.detail || body.title || response.statusText}`), { response })
	}
	return { response, body }
}

const replication = async () => (await call('actuator/replication')).body
const onReplicas = (action, body) => Promise.all(replicas.map(name => lab(`replicas/${name}/${action}`, body)))

async function lab(path, body) {
	const made = (await call('lab/' + path, { method: 'POST', body: body && JSON.stringify(body) })).body
	const words = `${made.running ? 'runs' : 'is stopped'}${made.paused ? ', paused' : ''}${made.delayMs ? `, delayed by ${made.delayMs} ms` : ''}`
	if (made.name) $(`[data-replica="${made.name}"] .made`).textContent = words
	return `${made.name || 'Redis'} ${words}.`
}

async function post(user, text) {
	const { body } = await call('posts', { method: 'POST', body: JSON.stringify({ body: text }), headers: { 'X-User': user } })
	lastPosts.set(user, body)
}

const readNaive = user => readFrom('naive/posts', user, response => ({
	server: response.headers.get('Naive-Served-By'), reason: 'random', meaning: 'Nobody asked what the replica has.', stale: 'not known'
}))

const readTidemark = user => readFrom('posts', user, response => {
	const reason = response.headers.get('Tidemark-Reason')
	const ms = response.headers.get('Tidemark-Staleness-Ms')
	return { server: response.headers.get('Tidemark-Served-By'), reason, meaning: meanings[reason], stale: ms && ms + ' ms' }
})

async function readFrom(path, user, label) {
	try {
		const { response, body } = await call(path, { headers: { 'X-User': user } })
		return { user, ...label(response), posts: body, ...judge(user, body) }
	}
	catch (error) {
		return { user, ...(error.response ? label(error.response) : {}), posts: [], verdict: 'FAILED', about: error.message }
	}
}

// --- What a read was worth

function judge(user, posts) {
	const missing = [...lastPosts.values()].filter(post => !has(posts, post))
	const own = lastPosts.get(user)
	if (own && missing.includes(own)) {
		return { verdict: 'STALE', about: `${user}'s own last post is missing.` }
	}
	const others = missing.length > 0 ? ` The last post of ${missing.map(post => post.author).join(' and ')} is not here yet, which is allowed.` : ''
	return own ? { verdict: 'FRESH', about: `${user}'s own last post is here.${others}` }
		: { verdict: 'OK', about: `${user} has posted nothing to miss.${others}` }
}

// The answer has the latest hundred: what is older than all of them may have been read, too.
function has(posts, post) {
	return posts.some(found => found.id === post.id) || (posts.length === 100 && posts[99].id > post.id)
}

// --- Reads

async function readAs(form) {
	const user = form.elements.user.value
	const reads = await Promise.all([readNaive(user), readTidemark(user)])
	;['naive', 'tidemark'].forEach((side, index) => showRead($(`#${side} [data-slot="${form.dataset.slot}"]`), reads[index]))
	return reads
}

const readAsAll = () => Promise.all(forms.map(readAs))

function showRead(card, read) {
	const verdict = $('.verdict', card)
	verdict.className = 'verdict ' + ({ STALE: 'stale', FAILED: 'stale', FRESH: 'fresh' }[read.verdict] || '')
	verdict.replaceChildren(element('strong', read.verdict + ':'), ' ' + read.about)
	const server = $('.server', card)
	server.textContent = read.server || '–'
	server.className = 'server ' + (read.server ? (read.server.includes('primary') ? 'server-primary' : 'server-replica') : '')
	$('.reason', card).replaceChildren(read.reason || '–', element('small', read.meaning || ''))
	$('.bound', card).textContent = read.stale || '–'
	$('.posts', card).replaceChildren(...read.posts.slice(0, 3).map(item))
}

function item(post) {
	const line = element('li', post.body)
	line.append(element('small', ` ${post.author}, ${new Date(post.createdAt).toLocaleTimeString()}`))
	return line
}

function element(name, text) {
	const created = document.createElement(name)
	created.textContent = text
	return created
}

const inWords = ([naive, tidemark]) => `${naive.user} reads. Without Tidemark: ${naive.verdict}, ${naive.server || 'no server'}. `
	+ `With Tidemark: ${tidemark.verdict}, ${tidemark.server || 'no server'}, ${tidemark.reason || 'no reason'}.`

// --- The story

async function play() {
	$$('#steps li').forEach(step => step.classList.remove('done'))
	$('#told').textContent = 'Bringing the replicas up to date …'
	await onReplicas('start')
	await onReplicas('resume')
	await onReplicas('delay', { ms: 0 })
	await until(async () => (await replication()).replicas.every(replica => replica.eligible))
	await onReplicas('pause')
	done(0)
	await post(forms[0].elements.user.value, `Posted at ${new Date().toLocaleTimeString()}, while the replicas stand still`)
	done(1)
	const reads = await readAsAll()
	done(2)
	$('#told').textContent = reads.map(inWords).join(' ')
}

async function recover() {
	$('#told').textContent = 'Resuming …'
	await onReplicas('resume')
	let reads = []
	await until(async () => {
		reads = await readAsAll()
		return reads.flat().every(read => read.verdict !== 'STALE' && replicas.includes(read.server))
	})
	$('#told').textContent = reads.map(inWords).join(' ')
}

const done = step => $$('#steps li')[step].classList.add('done')

async function until(condition) {
	for (let i = 0; i < 150; i++) {
		if (await condition()) return
		await new Promise(resolve => setTimeout(resolve, 200))
	}
	throw new Error('The replicas have not caught up within 30 seconds. Is one stopped or delayed?')
}

// --- Servers

// Texts change in place, so that a button keeps the focus.
async function refresh() {
	try {
		const status = await replication()
		$('#primary').textContent = `Primary ${status.primary.reachable ? 'answers' : 'does not answer'}. `
			+ `Markers in ${status.markerStore.kind}${status.markerStore.reachable ? '' : ', which is not available'}.`
		status.replicas.forEach(showReplica)
		showDecisions(status.decisions)
		lagChart.add(status.replicas)
	}
	catch (error) {
		$('#primary').textContent = 'The application does not answer.'
	}
}

function showReplica(replica) {
	const card = $(`[data-replica="${replica.name}"]`)
	const state = $('.state', card)
	state.textContent = replica.eligible ? 'serves' : `serves nobody: ${replica.reason}`
	state.className = 'state ' + (replica.eligible ? 'server-replica' : 'server-primary')
	$('.lag', card).textContent = replica.lagSeconds === null ? 'not known' : Math.round(replica.lagSeconds * 1000) + ' ms'
	$('.bytes', card).textContent = replica.lagBytes === null ? 'not known' : replica.lagBytes + ' bytes'
}

let shownDecisions = ''

function showDecisions(decisions) {
	if (JSON.stringify(decisions) === shownDecisions) return
	shownDecisions = JSON.stringify(decisions)
	const targets = ['primary', ...replicas]
	const counts = reason => targets.map(target => decisions[target]?.[reason] || 0)
	const total = reason => counts(reason).reduce((sum, count) => sum + count, 0)
	const reasons = [...new Set(Object.values(decisions).flatMap(Object.keys))].sort((a, b) => total(b) - total(a))
	$('#decisions').replaceChildren(...reasons.map(reason => {
		const row = document.createElement('tr')
		const head = element('th', reason)
		head.scope = 'row'
		row.append(head, ...counts(reason).map(count => element('td', count)))
		return row
	}))
	bars.data.labels = reasons
	bars.data.datasets.forEach((set, index) => set.data = reasons.map(reason => counts(reason)[index]))
	bars.update()
}

// --- Charts

const colorNames = replicas.map((_, index) => `--replica-${index % 2 + 1}`)

// A custom property that depends on the theme is computed only where it is used.
function color(name) {
	const probe = document.body.appendChild(document.createElement('i'))
	probe.style.color = `var(${name})`
	const value = getComputedStyle(probe).color
	probe.remove()
	return value
}

const lagChart = {
	history: [],
	chart: new Chart($('#lag'), {
		type: 'line',
		data: {
			datasets: [
				...replicas.map((name, index) => ({ label: name, borderDash: index % 2 ? [6, 3] : [], data: [] })),
				{ label: 'limit', borderDash: [2, 3], data: [{ x: -120, y: limitSeconds }, { x: 0, y: limitSeconds }] }
			].map(set => ({ borderWidth: 2, backgroundColor: 'transparent', pointRadius: 0, ...set }))
		},
		options: {
			animation: false, parsing: false, maintainAspectRatio: false, events: [],
			plugins: { legend: { labels: { boxHeight: 0 } } },
			scales: {
				x: { type: 'linear', min: -120, max: 0, ticks: { stepSize: 30, callback: value => value + ' s' } },
				y: { min: 0, suggestedMax: limitSeconds * 1.2, title: { display: true, text: 'stale at most, in seconds' } }
			}
		}
	}),
	add(states) {
		const now = Date.now()
		this.history = this.history.filter(sample => sample.at > now - 120_000)
		this.history.push({ at: now, lags: new Map(states.map(state => [state.name, state.lagSeconds])) })
		replicas.forEach((name, index) => this.chart.data.datasets[index].data = this.history
			.map(sample => ({ x: (sample.at - now) / 1000, y: sample.lags.get(name) ?? NaN })))
		this.chart.update()
	}
}

const bars = new Chart($('#bars'), {
	type: 'bar',
	data: { labels: [], datasets: ['primary', ...replicas].map(label => ({ label, data: [] })) },
	options: {
		animation: false, indexAxis: 'y', maintainAspectRatio: false, events: [],
		scales: { x: { stacked: true, ticks: { precision: 0 } }, y: { stacked: true } }
	}
})

function paint() {
	const names = [...colorNames, '--limit']
	lagChart.chart.data.datasets.forEach((set, index) => set.borderColor = color(names[index]))
	bars.data.datasets.forEach((set, index) => set.backgroundColor = color(['--primary', ...colorNames][index]))
	for (const chart of [lagChart.chart, bars]) {
		chart.options.color = color('--ink')
		Object.values(chart.options.scales).forEach(scale => {
			scale.ticks = { ...scale.ticks, color: color('--quiet') }
			scale.grid = { color: color('--line') }
			if (scale.title) scale.title = { ...scale.title, color: color('--quiet') }
		})
		chart.update()
	}
}

// --- What is clicked

// One thing at a time. The button stays enabled, so that it keeps the focus.
function onClick(button, told, action) {
	button?.addEventListener('click', () => busy(button, told, action))
}

async function busy(button, told, action) {
	if ($('[aria-disabled="true"]')) return
	button.setAttribute('aria-disabled', 'true')
	try {
		await action()
	}
	catch (error) {
		told.textContent = error.message
	}
	finally {
		button.removeAttribute('aria-disabled')
		refresh()
	}
}

for (const form of forms) {
	form.elements.user.addEventListener('input', () => $$(`[data-slot="${form.dataset.slot}"] [data-name]`)
		.forEach(name => name.textContent = form.elements.user.value))
	form.addEventListener('submit', event => {
		event.preventDefault()
		busy(event.submitter || $('button', form), $('#told'), async () => {
			await post(form.elements.user.value, form.elements.body.value)
			form.elements.body.value = ''
			$('#told').textContent = `${form.elements.user.value} has posted.`
		})
	})
	onClick($('[data-read]', form), $('#told'), async () => {
		if (form.elements.user.reportValidity()) $('#told').textContent = inWords(await readAs(form))
	})
}
onClick($('#play'), $('#told'), play)
onClick($('#recover'), $('#told'), recover)
for (const button of $$('[data-lab]')) {
	onClick(button, $('#answer'), async () => {
		const path = button.dataset.lab
		if (path.endsWith('/delay') && !$('#ms').reportValidity()) return
		$('#answer').textContent = `${path} …`
		$('#answer').textContent = await lab(path, path.endsWith('/delay') ? { ms: $('#ms').valueAsNumber } : undefined)
	})
}

matchMedia('(prefers-color-scheme: dark)').addEventListener('change', paint)
paint()
refresh()
setInterval(refresh, 1000)
