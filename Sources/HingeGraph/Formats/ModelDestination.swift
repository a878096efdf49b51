/// Where a model is written to.
///
/// What is there is replaced when the model is written whole, and not before.
public struct ModelDestination: Sendable {
    /// The path that the model will have: files beside it are named after that.
    public let path: String
    /// Which of the format's extensions was asked for; `nil` leaves that to the format.
    public let variant: String?
    /// The file that stands for the one at ``path`` until it is put in its place.
    package let staged: StagedFile?

    /// The place that a path names.
    public init(path: String, variant: String? = nil) {
        self.path = path
        self.variant = variant
        staged = nil
    }

    /// A place that takes the model only once it has been examined.
    package init(_ staged: StagedFile, variant: String? = nil) {
        path = staged.place.path
        self.variant = variant
        self.staged = staged
    }

    /// Where the bytes go now: to ``path``, or to the file that stands for it.
    package var writtenPath: String { staged?.path ?? path }

    /// Writes the file.
    ///
    /// - Throws: ``HingeError`` with the code `cannotCreate` or `inputOutput`; then nothing has changed there.
    public func write(_ bytes: [UInt8]) throws {
        try bytes.withUnsafeBytes { try AtomicFile.write([$0], to: writtenPath) }
    }

    /// Writes pieces of memory, one after the other, as the file.
    ///
    /// - Throws: ``HingeError`` with the code `cannotCreate` or `inputOutput`; then nothing has changed there.
    public func write(_ pieces: [UnsafeRawBufferPointer]) throws {
        try AtomicFile.write(pieces, to: writtenPath)
    }

    /// Lets `body` write a file at a path that is given to it, and puts that in place.
    ///
    /// - Throws: ``HingeError``, or what `body` throws; then nothing has changed there.
    public func write(_ body: (_ temporaryPath: String) throws -> Void) throws {
        try AtomicFile.replace(writtenPath, body)
    }
}
