package org.attnvgg.spark.it;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.service.Service;
import org.apache.hadoop.yarn.conf.YarnConfiguration;

/**
 * A resource manager and a node manager of YARN in a JVM of their own, which ends with its standard input. The first
 * argument is a folder, which gets the configuration for clients.
 */
final class YarnDaemons {

    static final String CONFIGURATION = "yarn-site.xml";

    private YarnDaemons() {}

    public static void main(String[] arguments) {
        try {
            start(Path.of(arguments[0]));
            while (System.in.read() >= 0) {
                // until the test ends
            }
            System.exit(0);
        } catch (ReflectiveOperationException | IOException | RuntimeException | LinkageError e) {
            e.printStackTrace();
            System.exit(1); // the daemons' threads would go on
        }
    }

    private static void start(Path folder) throws ReflectiveOperationException, IOException {
        // Hadoop's own class of tests; it is not on the class path of the tests, where it would be in Spark's way.
        Service cluster = Class.forName("org.apache.hadoop.yarn.server.MiniYARNCluster")
                .asSubclass(Service.class)
                .getConstructor(String.class, int.class, int.class, int.class)
                .newInstance("attnvgg", 1, 1, 1);
        cluster.init(configuration(folder));
        cluster.start();
        Configuration client = new Configuration(cluster.getConfig());
        client.unset("net.topology.node.switch.mapping.impl"); // a class of Hadoop's tests
        Path written = folder.resolve(CONFIGURATION + ".new");
        try (OutputStream out = Files.newOutputStream(written)) {
            client.writeXml(out);
        }
        Files.move(written, folder.resolve(CONFIGURATION), StandardCopyOption.ATOMIC_MOVE);
    }

    private static Configuration configuration(Path folder) {
        Configuration conf = new YarnConfiguration();
        conf.set("fs.defaultFS", "file:///");
        conf.set("hadoop.tmp.dir", folder.resolve("tmp").toString());
        conf.set("yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage", "100");
        conf.set("yarn.scheduler.capacity.root.queues", "default");
        conf.set("yarn.scheduler.capacity.root.default.capacity", "100");
        conf.set("yarn.scheduler.capacity.maximum-am-resource-percent", "0.9");
        conf.set("yarn.scheduler.minimum-allocation-mb", "128");
        conf.set("yarn.nodemanager.vmem-check-enabled", "false");
        return conf;
    }
}
