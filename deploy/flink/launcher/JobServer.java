import java.io.IOException;
import java.io.InputStream;
import java.net.MalformedURLException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Enumeration;
import java.util.List;

/**
 * Starts Beam's Flink job server without shipping its jars to the cluster at every submission.
 *
 * <p>The stock driver scans the class path and uploads what it finds, some 110 MB a job. Here the jars are read by a
 * class loader that the scan cannot look into; the same jars must be on the class path of the cluster.
 *
 * <p>Use: {@code java -Dstraitwire.lib=FOLDER -cp launcher.jar JobServer --flink-master ...}
 */
public final class JobServer {
  private static final String DRIVER = "org.apache.beam.runners.flink.FlinkJobServerDriver";

  private JobServer() {}

  public static void main(String[] arguments) throws Exception {
    ClassLoader loader = new UnlistedJars(jarsIn(Path.of(System.getProperty("straitwire.lib"))));
    Thread.currentThread().setContextClassLoader(loader);
    loader.loadClass(DRIVER).getMethod("main", String[].class).invoke(null, (Object) arguments);
  }

  private static URL[] jarsIn(Path folder) throws IOException {
    List<URL> found = new ArrayList<>();
    try (DirectoryStream<Path> jars = Files.newDirectoryStream(folder, "*.jar")) {
      for (Path jar : jars) {
        found.add(jar.toUri().toURL());
      }
    }
    return found.toArray(new URL[0]);
  }

  /** Loads from jars, but is no URLClassLoader and has none as parent, which is where the scan looks. */
  private static final class UnlistedJars extends ClassLoader {
    static {
      registerAsParallelCapable();
    }

    private final URLClassLoader jars;

    UnlistedJars(URL[] urls) throws MalformedURLException {
      super(ClassLoader.getPlatformClassLoader());
      jars = new URLClassLoader(urls, null);
    }

    @Override
    protected Class<?> findClass(String name) throws ClassNotFoundException {
      try (InputStream file = jars.getResourceAsStream(name.replace('.', '/') + ".class")) {
        if (file == null) {
          throw new ClassNotFoundException(name);
        }
        byte[] bytes = file.readAllBytes();
        definePackageOf(name);
        return defineClass(name, bytes, 0, bytes.length);
      } catch (IOException error) {
        throw new ClassNotFoundException(name, error);
      }
    }

    private void definePackageOf(String className) {
      int end = className.lastIndexOf('.');
      if (end < 0 || getDefinedPackage(className.substring(0, end)) != null) {
        return;
      }
      try {
        definePackage(className.substring(0, end), null, null, null, null, null, null, null);
      } catch (IllegalArgumentException alreadyThere) {
        // Another thread was first, which is as good.
      }
    }

    @Override
    protected URL findResource(String name) {
      return jars.findResource(name);
    }

    @Override
    protected Enumeration<URL> findResources(String name) throws IOException {
      return jars.findResources(name);
    }
  }
}
