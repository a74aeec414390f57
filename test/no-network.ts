import net from 'node:net';

const connect = net.Socket.prototype.connect;

/** Unit tests are pure: whatever opens a connection in them fails at once, and says where to go. */
net.Socket.prototype.connect = function refuse(): never {
  throw new Error('a unit test may not use the network: move it to test/integration');
};

/** The next file of this process may be of another layer, and modules of Node.js are the same for all. */
afterAll(() => {
  net.Socket.prototype.connect = connect;
});
