/** node pay.mjs ID FROM TO CENTS: asks for a transfer, and says what the web server answered. */
const [id, from, to, cents] = process.argv.slice(2)

const response = await fetch(`http://web:3000/transfers/${id}`, {
  method: 'PUT',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ from, to, cents: Number(cents) }),
})
console.log(`${response.status} ${await response.text()}`)
