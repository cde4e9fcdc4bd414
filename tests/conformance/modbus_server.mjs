// A meter that is not there, as modbus-serial answers for it: Modbus TCP, and TLS before it where a certificate is named.
// Its first line is JSON and says where it answers, and in which order Node.js writes a float. Ends by SIGTERM.
// "count 700" on standard input counts so many pulses; the line that follows says how many it has counted.
// What the registers hold stands in peers.py, which knows it from here.
// Usage: node modbus_server.mjs <port, 0 for any> [certificate and key] [who vouches for those who come]

import { readFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { createInterface } from "node:readline";
import tls from "node:tls";
import ModbusRTU from "modbus-serial";

const UNITS = 3; // devices behind one endpoint, 1 to 3
const READ_MAX = 48; // registers of one read; a longer one is refused
const HOLE = [0x50, 0x58]; // registers in the middle that are refused, as is whatever is above END
const END = 0x60;

const [port, shows, vouches] = process.argv.slice(2);
let counted = 0;

const octets = (bytes, write) => {
  const made = Buffer.alloc(bytes);
  write(made);
  return made;
};
const float = (value) => octets(4, (made) => made.writeFloatBE(value));
const whole = (bytes, value) => octets(bytes, (made) => bytes === 8 ? made.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)))
  : made.writeUIntBE(value < 0 ? value + 2 ** (8 * bytes) : value, 0, bytes));

const ordered = { // a number's octets, the highest first, as they stand in registers
  ABCD: (made) => made,
  CDAB: (made) => Buffer.from(made).swap16().reverse(),
  BADC: (made) => Buffer.from(made).swap16(),
  DCBA: (made) => Buffer.from(made).reverse(),
};

function registers(unit, shift) {
  const held = Buffer.alloc(2 * END);
  const put = (register, order, made) => ordered[order](made).copy(held, 2 * register);
  Object.keys(ordered).forEach((order, i) => {
    put(2 * i, order, float(1000 * unit + i + shift));
    held.writeFloatBE(2000 * unit + i + shift, 2 * (0x20 + 2 * i));
  });
  put(0x08, "ABCD", whole(2, 40000 + unit));
  put(0x09, "ABCD", whole(2, -unit));
  put(0x0a, "ABCD", whole(4, 3000000000 + unit));
  put(0x0c, "ABCD", whole(4, -70000 - unit));
  put(0x0e, "ABCD", whole(8, 2n ** 63n + BigInt(unit)));
  put(0x12, "CDAB", whole(8, -(2n ** 40n) - BigInt(unit)));
  put(0x16, "BADC", whole(4, 3000000000 + unit));
  put(0x18, "DCBA", whole(8, 2n ** 63n + BigInt(unit)));
  put(0x1c, "CDAB", octets(8, (made) => made.writeDoubleBE(unit + 1 / 3)));
  put(0x4f, "ABCD", whole(2, 6));
  put(0x58, "ABCD", whole(2, 7));
  put(0x30, "ABCD", whole(2, (65000 + counted) % 2 ** 16));
  put(0x31, "CDAB", whole(4, (4294967000 + counted) % 2 ** 32));
  put(0x33, "ABCD", whole(8, 9007199254740993n + BigInt(counted)));
  put(0x37, "BADC", float(0.25 * counted));
  return held;
}

const refused = (modbusErrorCode) => Object.assign(new Error(`exception ${modbusErrorCode}`), { modbusErrorCode });

function read(from, count, unit, shift) {
  if (unit < 1 || unit > UNITS) throw refused(0x0b);
  if (count > READ_MAX) throw refused(0x03);
  if (from + count > END || (from < HOLE[1] && HOLE[0] < from + count)) throw refused(0x02);
  const held = registers(unit, shift);
  return Array.from({ length: count }, (_, i) => held.readUInt16BE(2 * (from + i)));
}

const vector = {
  getHoldingRegister: (from, unit) => read(from, 1, unit, 0.25)[0],
  getMultipleHoldingRegisters: (from, count, unit) => read(from, count, unit, 0.25),
  getInputRegister: (from, unit) => read(from, 1, unit, 0.75)[0],
  getMultipleInputRegisters: (from, count, unit) => read(from, count, unit, 0.75),
};

const free = (wanted) => new Promise((given) => { // modbus-serial takes 0 for "the usual port"
  const probe = createServer().listen(wanted, "127.0.0.1", () => {
    const found = probe.address().port;
    probe.close(() => given(found));
  });
});

const listening = Number(port) || (await free(0));
const inner = shows ? await free(0) : listening;
const server = new ModbusRTU.ServerTCP(vector, { host: "127.0.0.1", port: inner });
const say = (what) => console.log(JSON.stringify(what));
const told = () => say({ port: listening, serialPort: "", helpers: ["ABCD", "ABCD", "ABCD", "ABCD"] });

function before(named) { // a gateway that speaks TLS, and wants a certificate where somebody vouches for one
  const files = { cert: readFileSync(shows), key: readFileSync(shows) };
  const asks = named ? { ca: readFileSync(named), requestCert: true, rejectUnauthorized: true } : {};
  const gateway = tls.createServer({ ...files, ...asks }, (far) => {
    const near = connect(inner, "127.0.0.1");
    for (const [one, other] of [[far, near], [near, far]]) one.on("error", () => other.destroy()).on("close", () => other.destroy());
    far.pipe(near).pipe(far);
  });
  gateway.on("tlsClientError", () => {}); // who is refused is told by the alert
  gateway.listen(listening, "127.0.0.1", told);
}

server.on("socketError", () => {}); // who goes away in the middle of a question
server.on("initialized", () => (shows ? before(vouches) : told()));
createInterface({ input: process.stdin }).on("line", (line) => {
  counted += Number(line.split(" ")[1]);
  say({ counted });
});
process.on("SIGTERM", () => process.exit(0));
