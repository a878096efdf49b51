/// What a file may ask for before it is rejected.
///
/// The defaults are far above what model files need and far below what hurts.
package struct HDF5Limits: Sendable {
    /// The greatest number of groups inside each other.
    package var depth = 64
    /// The greatest number of links that are followed in all.
    package var objectCount = 1_000_000
    /// The greatest number of attributes of one object.
    package var attributesPerObject = 65_536
    /// The greatest size of all attributes together, in bytes.
    package var attributeByteCount = 256 << 20
    /// How many times larger than its stored form compressed data may be, where that is more than
    /// ``expansionFloor``.
    package var expansionRatio = 1000
    /// The size up to which compressed data may have any ratio, in bytes.
    package var expansionFloor = 64 << 20
    /// The greatest size of all data that is not mapped but read into memory, in bytes.
    package var decodedByteCount = 64 << 30
    /// The greatest size of a dataset for which the file stores nothing but a fill value, in bytes.
    package var unstoredByteCount = 1 << 20

    /// The default limits.
    package init() {}
}
