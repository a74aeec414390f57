import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.temporal.internal.testservice.GRPCServerHelper;
import io.temporal.internal.testservice.TestServicesStarter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

/**
 * The time-skipping test server, with the arguments of the vendor's own main class ({@code PORT
 * [--enable-time-skipping]}) and three differences: it listens on loopback only, it ends with the process that started it,
 * even if that one is killed, and it lets clients ask as often as the real server does whether it is alive.
 */
public final class LoopbackTestServer {
  private LoopbackTestServer() {}

  public static void main(String[] arguments) throws Exception {
    endWith(Long.parseLong(System.getProperty("farcopy.parent")));
    int port = Integer.parseInt(arguments[0]);
    boolean skipTime = Arrays.asList(arguments).contains("--enable-time-skipping");
    TestServicesStarter services = new TestServicesStarter(!skipTime, 0);
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    // The SDKs ask every 30 seconds. By default gRPC cuts off who asks more than once in five minutes, as happens to
    // a test in which nothing else is said for a minute.
    builder.permitKeepAliveTime(10, TimeUnit.SECONDS).permitKeepAliveWithoutCalls(true);
    GRPCServerHelper.registerServicesAndHealthChecks(services.getServices(), builder);
    Server server = builder.build().start();
    server.awaitTermination();
  }

  private static void endWith(long parent) {
    ProcessHandle.of(parent)
        .ifPresentOrElse(
            process -> process.onExit().thenRun(() -> Runtime.getRuntime().halt(0)),
            () -> Runtime.getRuntime().halt(0));
  }
}
