import HingeGraph

/// A dataset: an array of elements of one type, and attributes.
package struct HDF5Dataset: Sendable {
    /// The type of elements as the file states it.
    package enum ElementType: Sendable, Hashable {
        /// Numbers or booleans.
        case number(DataType)
        /// Strings.
        case string
        /// Bytes without a stated meaning. What they mean, their tag or an attribute `dtype` may say.
        case opaque(byteCount: Int, tag: String)
        /// Anything else, described in words.
        case unsupported(String)
    }

    /// Where the elements are.
    enum Payload: Sendable {
        /// The bytes of the elements, in the mapped file or in memory.
        case bytes(MemoryRegion, isBigEndian: Bool)
        /// Strings.
        case strings([ByteString])
        /// Elements of a type that is not supported are not read.
        case none
    }

    /// The type of the elements.
    package let elementType: ElementType
    /// The extent of each dimension; `[]` for a single element.
    package let shape: [Int]
    /// The attributes.
    package var attributes: HDF5Attributes
    let payload: Payload
    let path: String

    init(
        path: String, elementType: ElementType, shape: [Int], attributes: HDF5Attributes,
        payload: Payload
    ) {
        self.path = path
        self.elementType = elementType
        self.shape = shape
        self.attributes = attributes
        self.payload = payload
    }

    /// The attribute with the given name.
    package func attribute(_ name: String) -> HDF5Attribute? { attributes[name] }
}
