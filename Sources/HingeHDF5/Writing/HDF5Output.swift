internal import CHDF5
import HingeGraph

#if canImport(Darwin)
    import Darwin
#elseif canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#endif

/// The file that libhdf5 writes to, through a driver of ours.
///
/// libhdf5 cannot close a file that it fails to write, so it is not told: an error is kept here.
final class HDF5Output {
    /// What the driver knows of the file; it stays in place while the library has the file open.
    let state: UnsafeMutablePointer<hinge_h5_output>
    private let name: String

    /// Opens an existing file, to be written from its beginning.
    ///
    /// - Parameter name: the path by which errors call the file.
    init(path: String, name: String) throws {
        let descriptor = open(path, O_RDWR | O_TRUNC | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else {
            throw HingeError(
                .cannotCreate, "cannot open the file to write: \(SystemError.text(errno))",
                at: [.file(name)])
        }
        self.name = name
        state = .allocate(capacity: 1)
        state.initialize(
            to: hinge_h5_output(descriptor: descriptor, error: 0, end_of_file: 0))
    }

    deinit {
        close(state.pointee.descriptor)
        state.deallocate()
    }

    /// Reports what the library was not told.
    ///
    /// - Throws: ``HingeError`` when something could not be written.
    func check() throws {
        guard state.pointee.error == 0 else {
            throw HingeError(
                .inputOutput, "cannot write the file: \(SystemError.text(state.pointee.error))",
                at: [.file(name)])
        }
    }
}
