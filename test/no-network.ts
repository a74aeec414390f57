import net from 'node:net';

/** Unit tests are pure: whatever opens a connection in them fails at once, and says where to go. */
net.Socket.prototype.connect = function connect(): never {
  throw new Error('a unit test may not use the network: move it to test/integration');
};
