# The decoders, compiled from Debian's source packages in FR_DECODERS: a folder for each, as tools/setup/wasm.mjs unpacks them.
# The configuration headers, which their own build would make, are written here.
set(FR_DECODERS "" CACHE PATH "folder of the decoders' sources")
set(made ${CMAKE_CURRENT_BINARY_DIR}/decoders)

function(decoder name folder)
  list(TRANSFORM ARGN PREPEND ${folder}/)
  add_library(decoder_${name} STATIC ${ARGN})
  target_include_directories(decoder_${name} SYSTEM PUBLIC ${made}/${name} ${folder})
  target_compile_options(decoder_${name} PRIVATE -w ${smaller})
  set(FR_${name} decoder_${name} PARENT_SCOPE)
endfunction()

# Where a picture's time is not spent, code of half the size does.
set(smaller -Os)
decoder(gif ${FR_DECODERS}/giflib dgif_lib.c egif_lib.c gif_err.c gif_hash.c gifalloc.c openbsd-reallocarray.c)
set(smaller -O2)
decoder(z ${FR_DECODERS}/zlib adler32.c crc32.c inffast.c inflate.c inftrees.c zutil.c)

file(MAKE_DIRECTORY ${made}/png16)
file(COPY_FILE ${FR_DECODERS}/libpng1.6/scripts/pnglibconf.h.prebuilt ${made}/png16/pnglibconf.h ONLY_IF_DIFFERENT)
set(smaller -Os)
decoder(png16 ${FR_DECODERS}/libpng1.6 png.c pngerror.c pngget.c pngmem.c pngpread.c pngread.c pngrio.c pngrtran.c pngrutil.c
                                       pngset.c pngtrans.c)
target_link_libraries(decoder_png16 PUBLIC decoder_z)
set(smaller -O2)

# What libjpeg-turbo calls itself matters to nobody here.
file(CONFIGURE OUTPUT ${made}/jpeg/jconfig.h CONTENT "#define JPEG_LIB_VERSION 62
#define LIBJPEG_TURBO_VERSION 0
#define LIBJPEG_TURBO_VERSION_NUMBER 0
#define MEM_SRCDST_SUPPORTED 1
#define D_ARITH_CODING_SUPPORTED 1
#define BITS_IN_JSAMPLE 8
")
file(CONFIGURE OUTPUT ${made}/jpeg/jconfigint.h CONTENT "#define BUILD \"\"
#define INLINE inline
#define THREAD_LOCAL
#define PACKAGE_NAME \"\"
#define VERSION \"\"
#define SIZEOF_SIZE_T 4
#define HAVE_BUILTIN_CTZL 1
#define FALLTHROUGH __attribute__((fallthrough));
")
configure_file(${FR_DECODERS}/libjpeg-turbo/jversion.h.in ${made}/jpeg/jversion.h @ONLY)
set(jpeg jaricom.c jcomapi.c jdapimin.c jdapistd.c jdarith.c jdatasrc.c jdcoefct.c jdcolor.c jddctmgr.c jdhuff.c jdicc.c jdinput.c
         jdmainct.c jdmarker.c jdmaster.c jdmerge.c jdphuff.c jdpostct.c jdsample.c jerror.c jidctflt.c jidctfst.c jidctint.c
         jidctred.c jmemmgr.c jmemnobs.c jquant1.c jquant2.c jsimd_none.c jutils.c)
decoder(jpeg ${FR_DECODERS}/libjpeg-turbo ${jpeg})

set(webp)
foreach(file alpha buffer frame idec io quant tree vp8 vp8l webp)
  list(APPEND webp src/dec/${file}_dec.c)
endforeach()
foreach(file alpha_processing cpu dec dec_clip_tables filters lossless rescaler upsampling yuv)
  list(APPEND webp src/dsp/${file}.c)
endforeach()
foreach(file bit_reader color_cache filters huffman quant_levels_dec random rescaler thread)
  list(APPEND webp src/utils/${file}_utils.c)
endforeach()
decoder(webp ${FR_DECODERS}/libwebp ${webp} src/utils/utils.c)
target_include_directories(decoder_webp SYSTEM PUBLIC ${FR_DECODERS}/libwebp/src)
# Every order of colours that there is, and we use two.
set(orders ${FR_DECODERS}/libwebp/src/dsp)
set_source_files_properties(${orders}/yuv.c ${orders}/upsampling.c PROPERTIES COMPILE_OPTIONS -Os)
set(smaller -Os)
decoder(webpdemux ${FR_DECODERS}/libwebp src/demux/anim_decode.c src/demux/demux.c)
target_link_libraries(decoder_webpdemux PUBLIC decoder_webp)
