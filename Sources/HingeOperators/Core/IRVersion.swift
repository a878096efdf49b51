import HingeGraph

/// The versions of the ONNX file format.
package enum IRVersion {
    /// The newest version that Hinge knows.
    package static let newest = 14

    /// The version that the standard introduced together with each version of its operators: the first
    /// entry whose opset is not below the one in question.
    ///
    /// Operators before version 9 came with version 3, which wants every initializer to be an input too; 4 is the
    /// first that doesn't. Source: the release table of ONNX (`docs/Versioning.md`).
    private static let releases: [(opset: Int, irVersion: Int)] = [
        (9, 4), (10, 5), (11, 6), (14, 7), (18, 8), (20, 9), (22, 10), (23, 11), (24, 12),
        (27, 13), (28, 14),
    ]

    /// The version that readers of the given version of the standard operators know.
    package static func fitting(opset: Int) -> Int {
        releases.first { opset <= $0.opset }?.irVersion ?? newest
    }

    /// The version for a model that does not state one.
    package static func fitting(_ model: Model) -> Int {
        let version = fitting(opset: model.opset(of: "") ?? 1)
        return model.functions.isEmpty ? version : max(version, 8)
    }
}
