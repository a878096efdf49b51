import HingeGraph
import HingeONNX

/// What the tool's hidden commands for developers need.
package enum Diagnostics {
    /// Reads the ONNX files that a list names, and writes them again.
    ///
    /// - Parameter listFile: Lines of kind, input and output, with tabs between.
    /// - Returns: A line for each file that could not be rewritten.
    /// - Throws: ``HingeError`` when the list can't be read.
    package static func roundTrip(listFile: String) throws -> [String] {
        try withContext(.file(listFile)) { try RoundTrip.run(listFile: listFile) }
    }
}
