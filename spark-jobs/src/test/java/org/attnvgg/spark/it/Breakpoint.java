package org.attnvgg.spark.it;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.jdi.Bootstrap;
import com.sun.jdi.ReferenceType;
import com.sun.jdi.VMDisconnectedException;
import com.sun.jdi.VirtualMachine;
import com.sun.jdi.connect.AttachingConnector;
import com.sun.jdi.connect.Connector;
import com.sun.jdi.connect.IllegalConnectorArgumentsException;
import com.sun.jdi.event.BreakpointEvent;
import com.sun.jdi.event.ClassPrepareEvent;
import com.sun.jdi.event.Event;
import com.sun.jdi.event.EventSet;
import com.sun.jdi.request.BreakpointRequest;
import com.sun.jdi.request.ClassPrepareRequest;
import com.sun.jdi.request.EventRequest;
import java.io.IOException;
import java.util.Map;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Stops a JVM where a method begins: a debugger, by Java's own interface. */
final class Breakpoint {

    /** The JVM waits for the debugger, and prints where. */
    static final String JAVA_OPTION = "-agentlib:jdwp=transport=dt_socket,server=y,suspend=y,address=127.0.0.1:0";

    private static final Pattern ADDRESS = Pattern.compile("Listening for transport dt_socket at address: (\\d+)\\R");
    private static final long LIMIT_MILLIS = 600_000;

    private Breakpoint() {}

    /**
     * Lets a JVM run until it enters the method for the given number of times; it stands still there.
     *
     * @param output what the JVM has printed
     */
    static void awaitEntry(Supplier<String> output, String type, String method, int times) throws IOException {
        awaitEntry(attach(port(output)), output, type, method, times, EventRequest.SUSPEND_ALL);
    }

    /** Likewise; only the thread that entered it stands still, while something is done. */
    static void atEntry(Supplier<String> output, String type, String method, int times, Runnable work)
            throws IOException {
        VirtualMachine machine = attach(port(output));
        awaitEntry(machine, output, type, method, times, EventRequest.SUSPEND_EVENT_THREAD);
        work.run();
        machine.dispose();
    }

    private static void awaitEntry(
            VirtualMachine machine, Supplier<String> output, String type, String method, int times, int suspend) {
        ClassPrepareRequest request = machine.eventRequestManager().createClassPrepareRequest();
        request.addClassFilter(type);
        request.enable();
        machine.resume();
        try {
            while (true) {
                EventSet events = machine.eventQueue().remove(LIMIT_MILLIS);
                if (events == null) {
                    throw new AssertionError(
                            type + "." + method + " was not entered; the JVM printed:\n" + output.get());
                }
                for (Event event : events) {
                    if (event instanceof BreakpointEvent) {
                        return;
                    }
                    if (event instanceof ClassPrepareEvent prepared) {
                        stopAt(prepared.referenceType(), method, times, suspend);
                    }
                }
                events.resume();
            }
        } catch (VMDisconnectedException e) {
            throw new AssertionError(
                    "the JVM ended before " + type + "." + method + "; it printed:\n" + output.get(), e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void stopAt(ReferenceType type, String method, int times, int suspend) {
        BreakpointRequest request = type.virtualMachine()
                .eventRequestManager()
                .createBreakpointRequest(type.methodsByName(method).get(0).location());
        request.addCountFilter(times);
        request.setSuspendPolicy(suspend);
        request.enable();
    }

    /** Lets a JVM run that waits for the debugger. */
    static void letRun(Supplier<String> output) throws IOException {
        attach(port(output)).dispose();
    }

    private static String port(Supplier<String> output) {
        Await.until(
                "the debugger's address", () -> ADDRESS.matcher(output.get()).find());
        Matcher address = ADDRESS.matcher(output.get());
        assertThat(address.find()).isTrue();
        return address.group(1);
    }

    private static VirtualMachine attach(String port) throws IOException {
        AttachingConnector connector = Bootstrap.virtualMachineManager().attachingConnectors().stream()
                .filter(candidate -> candidate.transport().name().equals("dt_socket"))
                .findFirst()
                .orElseThrow();
        Map<String, Connector.Argument> arguments = connector.defaultArguments();
        arguments.get("hostname").setValue("127.0.0.1");
        arguments.get("port").setValue(port);
        try {
            return connector.attach(arguments);
        } catch (IllegalConnectorArgumentsException e) {
            throw new AssertionError(e);
        }
    }
}
