import io.grpc.Server;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.temporal.internal.testservice.GRPCServerHelper;
import io.temporal.internal.testservice.TestServicesStarter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;

/**
 * The time-skipping test server, with the arguments of the vendor's own main class ({@code PORT
 * [--enable-time-skipping]}) and two differences: it listens on loopback only, and it ends with the process that started
 * it, even if that one is killed.
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
